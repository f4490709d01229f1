// Messages: all topics with how far their groups lag, and all mailboxes.

import { html, nothing, panel, table, fromLive, bar, badge, empty, query, action, attempt, confirm } from '../lib/ui.js';
import * as format from '../lib/format.js';
import * as api from '../lib/api.js';

const TOPICS = '/topics';
const MAILBOXES = '/mailboxes';
const SQL = `select l.name, c.group_name, l.head - greatest(c.position, l.tail) as lag, c.node, c.attempts, c.error
from rowhouse.cursor as c
join rowhouse.log as l on l.bucket = c.bucket and l.id = c.log
order by lag desc`;

export const page = {
  title: 'Messages',
  watch: () => [TOPICS, MAILBOXES],
  view: ctx => html`
    <div class="head"><h1>Messages</h1><div class="controls">
      <label><span class="hidden">Filter</span><input type="search" data-search placeholder="Name" maxlength="200"
        .value=${ctx.state.text ?? ''} @input=${e => { ctx.state.text = e.target.value; ctx.redraw(); }}></label>
      ${action(ctx, 'operator', 'New topic…', createTopic)}
      ${action(ctx, 'operator', 'New mailbox…', createMailbox)}</div></div>
    ${panel('Topics', fromLive(ctx, TOPICS, all => topics(ctx, all)), { aside: query(SQL, 'lag') })}
    ${panel('Mailboxes', fromLive(ctx, MAILBOXES, all => mailboxes(ctx, all)), { aside: query('select *\nfrom rowhouse.mailbox\norder by name', 'mailboxes') })}`,
};

const fits = (ctx, all) => all.filter(each => each.name.toLowerCase().includes((ctx.state.text ?? '').toLowerCase()));

/** Who handles for a group or mailbox: a component's function, if one is deployed. */
export const consumer = each => each.consumer
  ? html`${format.clip(`${each.consumer.component}/${each.consumer.function}`, 60)}${each.consumer.tasks ? html` ${badge('starts tasks')}` : nothing}${each.consumer.error ? html` <span title=${format.clip(each.consumer.error, 2000)}>${badge('cannot be loaded', 'warn')}</span>` : nothing}`
  : html`<span class="faint">–</span>`;

/** How old the oldest message is that a group has not acknowledged. */
export const behind = each => each.lag_seconds == null ? html`<span class="faint">–</span>` : format.duration(each.lag_seconds * 1000);

function topics(ctx, all) {
  const rows = fits(ctx, all).flatMap(topic => topic.groups.length
    ? topic.groups.map((group, i) => ({ topic, group, first: i === 0 })) : [{ topic, group: null, first: true }]);
  const most = Math.max(1, ...rows.map(row => row.group?.lag ?? 0));
  const ofTopic = cell => row => row.first ? cell(row.topic) : nothing;
  const ofGroup = cell => row => row.group ? cell(row.group) : html`<span class="faint">–</span>`;
  return table([
    { head: 'Topic', cell: ofTopic(t => html`<a href="#/topics/${encodeURIComponent(t.name)}">${format.visible(t.name)}</a>`) },
    { head: 'Logs', kind: 'number', cell: ofTopic(t => t.logs) },
    { head: 'Kept', kind: 'number', cell: ofTopic(t => format.count(t.messages)) },
    { head: 'Size', kind: 'number', cell: ofTopic(t => format.bytes(t.bytes)) },
    { head: 'Group', cell: ofGroup(g => format.visible(g.name)) },
    { head: html`<span class="hidden">Share</span>`, kind: 'bar-cell', cell: ofGroup(g => bar(g.lag, most, `${g.lag} behind`)) },
    { head: 'Lag', kind: 'number', cell: ofGroup(g => format.count(g.lag)) },
    { head: 'Oldest', kind: 'number', cell: ofGroup(behind) },
    { head: 'Consumer', cell: ofGroup(consumer) },
    { head: 'Trouble', cell: ofGroup(g => g.error ? badge(format.clip(g.error, 80), 'warn') : nothing) },
  ], rows, { key: row => `${row.topic.name}/${row.group?.name ?? ''}`, caption: 'All topics and their groups', empty: empty('There is no such topic.') });
}

const mailboxes = (ctx, all) => table([
  { head: 'Mailbox', cell: m => html`<a href="#/mailboxes/${encodeURIComponent(m.name)}">${format.visible(m.name)}</a>` },
  { head: html`<span class="hidden">Share</span>`, kind: 'bar-cell', cell: m => bar(m.waiting, m.mail_max, `${m.waiting} of ${m.mail_max}`) },
  { head: 'Waiting', kind: 'number', cell: m => format.counted(m.waiting) },
  { head: 'At most', kind: 'number', cell: m => format.count(m.mail_max) },
  { head: 'Tried', kind: 'number', cell: m => `${m.deliveries} times` },
  { head: 'Consumer', cell: consumer },
], fits(ctx, all), { key: m => m.name, caption: 'All mailboxes', empty: empty('There is no such mailbox.') });

const NAME = html`<label>Name <input name="name" required maxlength="63" pattern="[A-Za-z0-9][A-Za-z0-9._:\\-]*" autofocus></label>`;

async function create(title, kind, more, bodyOf) {
  const here = location.hash;
  const answer = await confirm({ title, yes: 'Make it', body: html`${NAME}${more}` });
  if (!answer) return;
  const path = `/${kind}/${encodeURIComponent(answer.get('name'))}`;
  if (await attempt(() => api.put(path, bodyOf(answer)), `${format.clip(answer.get('name'), 60)} is made.`)
    && location.hash === here) location.hash = `#${path}`;
}

const createTopic = () => create('New topic', 'topics', html`
  <label>Logs <input name="logs" type="number" min="1" max="1024" value="1" required></label>
  <p class="faint">Messages of one key stay in one log, in order; each log is read by one node at a time. Their number is fixed.</p>`,
  answer => ({ logs: Number(answer.get('logs')) }));

const createMailbox = () => create('New mailbox', 'mailboxes', nothing, () => ({}));
