// One queue: what waits and runs in it, its limits, and how they were before.

import { html, nothing, panel, figure, table, fromLive, bar, badge, empty, query, ago, taskLink, state, action, attempt, confirm } from '../lib/ui.js';
import * as format from '../lib/format.js';
import * as api from '../lib/api.js';
import { to } from '../lib/router.js';
import { literal } from '../lib/sql.js';
import { limitWords, intervalMs, inUnits, UNITS } from '../lib/limits.js';
import { changeList } from '../lib/changes.js';
import { pauseButton } from './queues.js';

const base = ctx => `/queues/${encodeURIComponent(ctx.params.name)}`;
const TASKS = ctx => api.path('/tasks', { queue: ctx.params.name, limit: 15 });
const CHANGES = ctx => api.path('/changes', { kind: 'queue', name: ctx.params.name, limit: 30 });
const countSql = (q, name) => `select count(*)\nfrom rowhouse.task\nwhere queue = ${literal(q.name)} and state = '${name}'`;

export const page = {
  title: 'Queue',
  watch: ctx => [base(ctx), TASKS(ctx), CHANGES(ctx), '/schedules'],
  view: ctx => fromLive(ctx, base(ctx), queue => body(ctx, queue)),
};

function body(ctx, q) {
  document.title = `${q.name} · Rowhouse`;
  const direct = q.name === 'direct';
  const schedules = (ctx.data('/schedules') ?? []).filter(each => each.queue === q.name);
  return html`
    <div class="head"><div class="name-line"><h1>${format.visible(q.name)}</h1>${q.paused ? badge('paused', 'warn') : badge('open', 'good')}
      ${limitWords(q).map(each => badge(each))}</div>
      ${direct ? html`<span class="faint">Tasks of this queue run at once; it has no limits and cannot be changed.</span>`
        : html`<div class="controls">${pauseButton(ctx, q)}
          ${action(ctx, 'operator', 'Drop…', () => drop(ctx, q), { kind: 'danger', disabled: q.ready + q.running > 0 })}</div>`}</div>
    ${q.paused ? html`<p class="banner">Paused: nothing is claimed from it; what runs goes on.</p>` : nothing}
    <div class="figures">
      ${figure('Ready', format.counted(q.ready), { href: to('#/tasks', { queue: q.name, state: 'ready' }), sql: countSql(q, 'ready'), note: 'wait to be claimed' })}
      ${figure('Running', format.counted(q.running), { href: to('#/tasks', { queue: q.name, state: 'running' }), sql: countSql(q, 'running'),
        note: q.concurrency != null ? html`${bar(q.running, q.concurrency, `${q.running} of ${q.concurrency}`)}of ${format.count(q.concurrency)} at once` : 'no limit' })}
      ${figure('Limits', html`<span class="small-value">${limitWords(q).join(', ') || 'none'}</span>`, { note: 'set below' })}
      ${figure('Changed', html`<span class="small-value">${format.ago(q.changed_at)}</span>`, { note: html`by ${format.clip(q.changed_by, 40)}` })}
    </div>
    <div class="columns">
      <div class="stack">
        ${panel('Newest tasks', fromLive(ctx, TASKS(ctx), tasks), { aside: html`${query(`select id, component, function, state, created_at\nfrom rowhouse.task\nwhere queue = ${literal(q.name)}\norder by id desc\nlimit 50`, 'newest tasks')}
          ${['ready', 'running', 'waiting', 'failed,parked'].map(each => html`<a href=${to('#/tasks', { queue: q.name, state: each })}>${each.split(',')[0]}</a> `)}<a href=${to('#/tasks', { queue: q.name })}>all</a>` })}
      </div>
      <div class="stack">
        ${direct ? nothing : panel('Limits', limits(ctx, q))}
        ${schedules.length ? panel('Schedules that start tasks here', html`<ul class="plain-list">${schedules.map(each =>
          html`<li><a href="#/schedules/${encodeURIComponent(each.name)}">${format.visible(each.name)}</a> <code>${each.cron}</code></li>`)}</ul>`) : nothing}
        ${panel('How it changed', fromLive(ctx, CHANGES(ctx), all => changeList(all, { about: false })),
          { aside: query(`select valid_from, valid_to, content\nfrom rowhouse.history\nwhere relation = 'queue' and key = ${literal(q.name)}\norder by valid_to desc`, 'how it changed') })}
      </div>
    </div>`;
}

const tasks = page => table([
  { head: 'Task', cell: t => taskLink(t.id) },
  { head: 'State', cell: t => state(t.state) },
  { head: 'Function', cell: t => format.clip(`${t.component}/${t.function}`, 60) },
  { head: 'Priority', kind: 'number', cell: t => t.priority },
  { head: 'Made', cell: t => ago(t.created_at) },
], page.tasks, { key: t => t.id, caption: 'Newest tasks of the queue', empty: empty('No task is or was in it.') });

/** What the form shows: the queue's own values until the reader has changed some. */
function draftOf(q) {
  const period = inUnits(intervalMs(q.rate_period) ?? 1000);
  return { concurrency: q.concurrency ?? '', concurrency_per_node: q.concurrency_per_node ?? '', rate_count: q.rate_count ?? '',
    period: period.count, unit: period.unit, fair: q.fair, spread: q.spread };
}

function limits(ctx, q) {
  const now = () => ctx.state.draft ?? draftOf(q); // a second change may come before the first one is drawn
  const draft = now();
  const may = ctx.may('operator');
  const set = (name, value) => { ctx.state.draft = { ...now(), [name]: value }; ctx.redraw(); };
  const number = (name, label, most) => html`<label>${label}
    <input type="number" name=${name} min="1" max=${most} step="1" placeholder="no limit" ?disabled=${!may || draft.spread} .value=${String(draft[name])}
      @input=${e => set(name, e.target.value)}></label>`;
  const wrong = check(draft);
  const changed = changes(q, draft);
  return html`<form class="form" @submit=${e => { e.preventDefault(); if (!check(now())) save(ctx, q, changes(q, now())); }}>
    <div class="pairs">
    ${number('concurrency', 'At once in the cluster', 100000)}
    ${number('concurrency_per_node', 'At once on one node', 100000)}
    ${number('rate_count', 'Begun in a period', 1000000)}
    <label>The period <span class="pair"><input type="number" name="period" min="1" max="99999999" step="1" ?disabled=${!may || draft.spread || draft.rate_count === ''}
      .value=${String(draft.period)} @input=${e => set('period', e.target.value)}>
      <select name="unit" aria-label="Unit of the period" ?disabled=${!may || draft.spread || draft.rate_count === ''} @change=${e => set('unit', e.target.value)}>
        ${Object.entries({ ms: 'milliseconds', s: 'seconds', m: 'minutes', h: 'hours', d: 'days' }).map(([unit, word]) => html`<option value=${unit} ?selected=${draft.unit === unit}>${word}</option>`)}</select></span></label></div>
    <label class="check"><input type="checkbox" name="fair" ?disabled=${!may || draft.spread} .checked=${draft.fair} @change=${e => set('fair', e.target.checked)}>
      Fair: takes turns between partitions</label>
    <label class="check"><input type="checkbox" name="spread" ?disabled=${!may} .checked=${draft.spread} @change=${e => set('spread', e.target.checked)}>
      Spread over all buckets, for throughput, without limits</label>
    ${wrong ? html`<p class="trouble" role="alert">${wrong}</p>` : nothing}
    <div class="controls"><button class="primary" ?disabled=${!may || wrong || !Object.keys(changed).length}
        title=${may ? 'Set the limits' : `Needs the role operator; you are ${ctx.me.role}`}>Set the limits</button>
      ${ctx.state.draft && Object.keys(changed).length ? html`<button type="button" @click=${() => { ctx.state.draft = null; ctx.redraw(); }}>As they are</button>` : nothing}
      <span class="faint">They count at once, for tasks that are claimed from now on.</span></div></form>`;
}

function check(draft) {
  for (const [name, label, most] of [['concurrency', 'At once in the cluster', 100_000], ['concurrency_per_node', 'At once on one node', 100_000], ['rate_count', 'Begun in a period', 1_000_000]]) {
    if (draft[name] !== '' && !(Number.isInteger(Number(draft[name])) && draft[name] >= 1 && draft[name] <= most)) {
      return `'${label}' must be a whole number from 1 to ${format.count(most)}; leave it empty for no limit.`;
    }
  }
  if (draft.rate_count !== '' && !(Number.isInteger(Number(draft.period)) && draft.period >= 1)) return 'The period must be a whole number, 1 or more.';
  if (draft.rate_count !== '' && draft.period * UNITS[draft.unit] > 366 * UNITS.d) return 'The period must be at most 366 days.';
  return null;
}

/** The body for PUT: what differs; 0 takes a limit away. */
function changes(q, draft) {
  const body = {};
  if (draft.spread !== q.spread) body.spread = draft.spread;
  const limit = name => draft.spread || draft[name] === '' ? 0 : Number(draft[name]);
  for (const name of ['concurrency', 'concurrency_per_node', 'rate_count']) if (limit(name) !== (q[name] ?? 0)) body[name] = limit(name);
  if (limit('rate_count') && draft.period * UNITS[draft.unit] !== intervalMs(q.rate_period)) {
    body.rate_count = limit('rate_count');
    body.rate_period = `${draft.period}${draft.unit}`;
  }
  const fair = draft.spread ? false : draft.fair;
  if (fair !== q.fair) body.fair = fair;
  return body;
}

async function save(ctx, q, body) {
  if (!Object.keys(body).length) return;
  const before = draftOf(q);
  const back = Object.fromEntries(Object.keys(body).map(name => [name, name === 'rate_period' ? `${before.period}${before.unit}` : q[name] ?? 0]));
  if (!q.rate_count) delete back.rate_period;
  const done = await attempt(() => api.put(base(ctx), body), 'The limits are set.',
    { undo: () => attempt(() => api.put(base(ctx), back), 'The limits are as they were.') });
  if (done) ctx.state.draft = null;
  ctx.redraw();
}

async function drop(ctx, q) {
  const here = location.hash;
  const sure = await confirm({ title: `Drop the queue ${q.name}?`, yes: 'Drop it', danger: true,
    body: html`<p>No task is in it. Tasks that name it are refused from then on; its history is kept.</p>` });
  if (sure && await attempt(() => api.del(base(ctx)), `The queue ${format.clip(q.name, 60)} is dropped.`)
    && location.hash === here) location.hash = '#/queues';
}
