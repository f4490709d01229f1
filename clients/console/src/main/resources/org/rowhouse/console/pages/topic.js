// One topic: its groups and who reads each log, its newest messages, and what could not be handled.

import { html, nothing, panel, figure, table, fromLive, badge, empty, query, ago, action, attempt, confirm } from '../lib/ui.js';
import * as format from '../lib/format.js';
import * as api from '../lib/api.js';
import { literal } from '../lib/sql.js';
import { letters, redeliverAll } from '../lib/letters.js';
import { behind, consumer } from './topics.js';

const base = ctx => `/topics/${encodeURIComponent(ctx.params.name)}`;
const log = ctx => /^\d{1,4}$/.test(ctx.query.get('log') ?? '') ? Number(ctx.query.get('log')) : 0;
const MESSAGES = ctx => api.path(`${base(ctx)}/messages`, { log: log(ctx), limit: 20 });
const LETTERS = ctx => api.path(`${base(ctx)}/dead-letters`, { log: log(ctx), limit: 20 });
const groupPath = (ctx, name) => `${base(ctx)}/groups/${encodeURIComponent(name)}`;

export const page = {
  title: 'Topic',
  watch: ctx => [base(ctx), MESSAGES(ctx), LETTERS(ctx)],
  view: ctx => fromLive(ctx, base(ctx), topic => body(ctx, topic)),
};

const limit = (words, value) => value == null ? nothing : badge(`${words} ${value}`);

function body(ctx, t) {
  document.title = `${t.name} · Rowhouse`;
  const worst = t.groups.reduce((most, g) => g.lag > (most?.lag ?? -1) ? g : most, null);
  return html`
    <div class="head"><div class="name-line"><h1>${format.visible(t.name)}</h1>
      ${limit('kept for', t.retention == null ? null : format.span(t.retention))}${limit('kept up to', t.retention_bytes == null ? null : format.bytes(t.retention_bytes))}
      ${limit('takes up to', t.bytes_max == null ? null : format.bytes(t.bytes_max))}${limit('refuses at a lag of', t.lag_max)}</div>
      <div class="controls">${action(ctx, 'operator', 'Publish…', () => publish(ctx, t))}
        ${action(ctx, 'operator', 'Drop…', () => drop(ctx, t), { kind: 'danger' })}</div></div>
    <div class="figures">
      ${figure('Kept', format.count(t.messages), { note: `${format.count(t.published)} published` })}
      ${figure('Size', format.bytes(t.bytes), { note: `in ${t.logs} ${t.logs === 1 ? 'log' : 'logs'}` })}
      ${figure('Largest lag', worst ? format.count(worst.lag) : '–', { note: worst ? `of the group ${format.clip(worst.name, 40)}` : 'nobody reads it' })}
      ${figure('Changed', html`<span class="small-value">${format.clip(t.changed_by, 40)}</span>`, { note: html`made ${ago(t.created_at)}` })}
    </div>
    ${panel('Groups', groups(ctx, t))}
    ${t.logs > 1 ? chooser(ctx, t) : nothing}
    ${panel(t.logs > 1 ? `Newest messages of log ${log(ctx)}` : 'Newest messages', fromLive(ctx, MESSAGES(ctx), messages),
      { aside: query(`select m.position, m.sent_at, m.key, m.body\nfrom rowhouse.message as m\njoin rowhouse.log as l on l.bucket = m.bucket and l.id = m.log\nwhere l.name = ${literal(`${t.name}/${log(ctx)}`)}\norder by m.position desc\nlimit 50`, 'newest messages') })}
    ${letters(ctx, LETTERS(ctx), `${t.name}/${log(ctx)}`, letter => groupPath(ctx, letter.reader))}`;
}

const chooser = (ctx, t) => html`<div class="controls"><label>Log <select name="log" @change=${e => ctx.setQuery({ log: e.target.value })}>
  ${Array.from({ length: t.logs }, (_, i) => html`<option value=${i} ?selected=${i === log(ctx)}>${i}</option>`)}</select></label></div>`;

const groups = (ctx, t) => table([
  { head: 'Group', cell: g => format.visible(g.name) },
  { head: 'Lag', kind: 'number', cell: g => format.count(g.lag) },
  { head: 'Oldest', kind: 'number', cell: behind },
  { head: 'Consumer', cell: consumer },
  { head: 'Logs', cell: g => html`<details><summary>${readers(g)}</summary>${logs(g)}</details>` },
  { head: 'Trouble', cell: g => g.error ? badge(format.clip(g.error, 80), 'warn') : nothing },
  { head: html`<span class="hidden">Actions</span>`, kind: 'number', cell: g => html`
    ${action(ctx, 'operator', 'Seek…', () => seek(ctx, g))}
    ${action(ctx, 'operator', 'Redeliver…', () => redeliverAll(groupPath(ctx, g.name), `the group ${g.name}`))}` },
], t.groups, { key: g => g.name, caption: 'Groups of the topic', empty: empty('Nobody reads it: a group is made by who subscribes first.') });

const readers = g => {
  const nodes = new Set(g.logs.map(each => each.node).filter(each => each != null));
  return nodes.size ? `read by ${nodes.size} ${nodes.size === 1 ? 'node' : 'nodes'}` : 'nobody reads';
};

const logs = g => table([
  { head: 'Log', kind: 'number', cell: l => l.log },
  { head: 'Position', kind: 'number', cell: l => l.position },
  { head: 'Lag', kind: 'number', cell: l => format.count(l.lag) },
  { head: 'Life of the node', kind: 'number', cell: l => l.node ?? html`<span class="faint">–</span>` },
  { head: 'Tries', kind: 'number', cell: l => l.attempts },
], g.logs, { key: l => l.log, caption: `Logs of the group ${g.name}` });

const messages = all => table([
  { head: 'Position', kind: 'number', cell: m => m.position },
  { head: 'Sent', cell: m => ago(m.sent_at) },
  { head: 'Key', cell: m => m.key == null ? html`<span class="faint">–</span>` : format.clip(m.key, 40) },
  { head: 'Body', kind: 'wide', cell: m => html`<code title=${format.clip(m.body, 2000)}>${format.clip(m.body, 120)}</code>` },
], all.toReversed(), { key: m => m.position, caption: 'Newest messages', empty: empty('No message is kept here.') });

/** JSON if it is JSON, else a text, as on the command line. */
const asJson = typed => { try { return JSON.parse(typed); } catch { return typed; } };

async function publish(ctx, t) {
  const answer = await confirm({ title: `Publish to ${t.name}`, yes: 'Publish', body: html`
    <label>Body <textarea name="body" required rows="4" maxlength="100000" placeholder="JSON, or else a text" autofocus></textarea></label>
    <label>Key <input name="key" maxlength="256" placeholder="none"></label>` });
  if (!answer) return;
  const message = { body: asJson(answer.get('body')), ...(answer.get('key') ? { key: answer.get('key') } : {}) };
  await attempt(() => api.post(`${base(ctx)}/messages`, message), done => `Published at position ${done.position}.`);
}

async function seek(ctx, g) {
  const answer = await confirm({ title: `Where shall ${g.name} go on?`, yes: 'Go on there', body: html`
    <label>With <select name="to"><option value="oldest">the oldest message, again</option><option value="next">the next message, none of those before</option></select></label>
    <p class="faint">What is being handled cannot be acknowledged any more. A time is given on the command line.</p>` });
  if (answer) await attempt(() => api.post(`${groupPath(ctx, g.name)}/seek`, { to: answer.get('to') }), done => `${format.count(done.ahead)} messages are before it.`);
}

async function drop(ctx, t) {
  const here = location.hash;
  const sure = await confirm({ title: `Drop the topic ${t.name}?`, yes: 'Drop it', danger: true,
    body: html`<p>Its ${format.count(t.messages)} messages and its groups are deleted.</p>` });
  if (sure && await attempt(() => api.del(base(ctx)), `The topic ${format.clip(t.name, 60)} is dropped.`)
    && location.hash === here) location.hash = '#/topics';
}
