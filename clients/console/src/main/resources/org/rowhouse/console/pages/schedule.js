// One schedule: when it fires, what it started last, and back-filling what was missed.

import { html, nothing, panel, figure, table, fromLive, badge, empty, factRow, query, ago, time, taskLink, state, tree, action, attempt, confirm } from '../lib/ui.js';
import * as format from '../lib/format.js';
import * as api from '../lib/api.js';
import { to } from '../lib/router.js';
import { literal } from '../lib/sql.js';
import { cronWords } from '../lib/cron.js';
import { changeList } from '../lib/changes.js';
import { next, pauseSchedule } from './schedules.js';

const base = ctx => `/schedules/${encodeURIComponent(ctx.params.name)}`;
const RUNS = ctx => api.path(`${base(ctx)}/runs`, { limit: 20 });
const CHANGES = ctx => api.path('/changes', { kind: 'schedule', name: ctx.params.name, limit: 20 });

export const page = {
  title: 'Schedule',
  watch: ctx => [base(ctx), RUNS(ctx), CHANGES(ctx)],
  view: ctx => fromLive(ctx, base(ctx), schedule => body(ctx, schedule)),
};

function body(ctx, s) {
  document.title = `${s.name} · Rowhouse`;
  return html`
    <div class="head"><div class="name-line"><h1>${format.visible(s.name)}</h1>${s.paused ? badge('paused', 'warn') : badge('on', 'good')}
      ${s.error ? badge('failing', 'bad') : nothing}</div>
      <div class="controls">${pauseSchedule(ctx, s)}
        ${action(ctx, 'operator', 'Back-fill…', () => backFill(ctx, s), { disabled: s.back_fill_from != null })}
        ${action(ctx, 'operator', 'Drop…', () => drop(ctx, s), { kind: 'danger' })}</div></div>
    ${s.error ? html`<p class="trouble" role="alert">When it last should have, it did not start a task: ${format.clip(s.error, 500)}</p>` : nothing}
    ${s.back_fill_from ? html`<p class="banner" role="status">Back-fills: from ${time(s.back_fill_from)} to ${time(s.back_fill_until)} is still to come.</p>` : nothing}
    <div class="figures">
      ${figure('Next', s.paused ? 'paused' : s.next_at && s.next_at !== '-infinity' ? format.ago(s.next_at) : '–', { note: s.paused ? 'times that pass are dropped' : s.next_at && s.next_at !== '-infinity' ? time(s.next_at) : next(s) })}
      ${figure('Last', s.fired_at ? format.ago(s.fired_at) : 'never', { note: time(s.fired_at) })}
      ${figure('Starts', html`<a class="small-value" href=${to('#/tasks', { component: s.component, function: s.function })}>${format.clip(`${s.component}/${s.function}`, 60)}</a>`,
        { note: html`in <a href="#/queues/${encodeURIComponent(s.queue)}">${format.clip(s.queue, 40)}</a>` })}
    </div>
    <div class="columns">
      <div class="stack">
        ${panel('What it started last', fromLive(ctx, RUNS(ctx), runs), { aside: query(`select id, state, created_at, ended_at, error ->> 'message' as error\nfrom rowhouse.task\nwhere started_by = ${literal(`schedule ${s.name}`)}\norder by id desc\nlimit 50`, 'what it started') })}
        ${panel('How it changed', fromLive(ctx, CHANGES(ctx), all => changeList(all, { about: false })))}
      </div>
      ${panel('How it is set', html`<dl class="facts">
        ${factRow('Cron', html`<code>${s.cron}</code>${cronWords(s.cron) ? html` <span class="faint">${cronWords(s.cron)}</span>` : nothing}`)}
        ${factRow('Zone', format.visible(s.zone))}
        ${factRow('Times missed', s.catch_up ? 'fire later, each' : 'only the last of them fires later')}
        ${factRow('Input', tree(s.input))}
        ${factRow('Changed', html`${ago(s.changed_at)} by ${format.clip(s.changed_by, 40)}`)}</dl>`)}
    </div>`;
}

const runs = ({ runs: all, back_to: since }) => table([
  { head: 'Task', cell: t => taskLink(t.id) },
  { head: 'State', cell: t => state(t.state) },
  { head: 'For', cell: t => time(t.created_at) },
  { head: 'Took', kind: 'number', cell: t => t.ended_at && t.claimed_at ? format.duration(Date.parse(t.ended_at) - Date.parse(t.claimed_at)) : '–' },
  { head: 'Error', kind: 'wide', cell: t => t.error ? html`<span class="error-line" title=${format.clip(t.error, 1000)}>${format.clip(t.error, 120)}</span>` : nothing },
], all, { key: t => t.id, caption: 'Tasks that the schedule started', empty: empty(since ? html`None since ${time(since)}: older tasks were not looked at.` : 'None.') });

/** A moment as an input of the reader's own clock takes it. */
const local = ms => new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);

async function backFill(ctx, s) {
  const answer = await confirm({ title: `Back-fill ${s.name}?`, yes: 'Fire for these times', body: html`
    <p>It fires once for each of its times in this span: ${cronWords(s.cron) ?? s.cron} (${s.zone}). Times that it has fired for already are left out.
      What it starts cannot be taken back but by cancelling the tasks.</p>
    <label>From <input name="from" type="datetime-local" required value=${local(Date.now() - 86_400_000)}></label>
    <label>To, not included <input name="to" type="datetime-local" required value=${local(Date.now())}></label>
    <p class="faint">By the clock of this machine, ${Intl.DateTimeFormat().resolvedOptions().timeZone}.</p>` });
  if (!answer) return;
  const iso = name => new Date(answer.get(name)).toISOString();
  await attempt(() => api.post(`${base(ctx)}/back-fill`, { from: iso('from'), to: iso('to') }), `${format.clip(s.name, 60)} fires for what was missed.`);
}

async function drop(ctx, s) {
  const here = location.hash;
  const sure = await confirm({ title: `Drop the schedule ${s.name}?`, yes: 'Drop it', danger: true,
    body: html`<p>It fires no more. The tasks that it started stay, and so does its history.</p>` });
  if (sure && await attempt(() => api.del(base(ctx)), `The schedule ${format.clip(s.name, 60)} is dropped.`)
    && location.hash === here) location.hash = '#/schedules';
}
