// All schedules: when each fires next, when it did last, and whether that worked.

import { html, nothing, panel, table, fromLive, badge, empty, query, ago, time, action, attempt } from '../lib/ui.js';
import * as format from '../lib/format.js';
import * as api from '../lib/api.js';
import { cronWords } from '../lib/cron.js';

const SCHEDULES = '/schedules';

export const page = {
  title: 'Schedules',
  watch: () => [SCHEDULES],
  view: ctx => html`
    <div class="head"><h1>Schedules</h1>${query('select *\nfrom rowhouse.schedule\norder by name', 'schedules')}</div>
    ${panel('Schedules', fromLive(ctx, SCHEDULES, schedules => list(ctx, schedules)))}`,
};

/** When it fires next; the database writes -infinity until a node has worked it out. */
export const next = s => s.paused ? html`<span class="faint">paused</span>` : s.next_at === '-infinity' ? html`<span class="faint">is worked out</span>`
  : s.next_at ? html`${ago(s.next_at)} <span class="faint">${time(s.next_at)}</span>` : html`<span class="faint">never again</span>`;

export const reads = s => html`<code>${format.clip(s.cron, 80)}</code> <span class="faint">${format.clip(s.zone, 40)}</span>${
  cronWords(s.cron) ? html`<br><span class="faint">${cronWords(s.cron)}</span>` : nothing}`;

const list = (ctx, schedules) => table([
  { head: 'Schedule', cell: s => html`<a href="#/schedules/${encodeURIComponent(s.name)}">${format.visible(s.name)}</a>
    ${s.paused ? badge('paused', 'warn') : nothing}${s.error ? badge('failing', 'bad') : nothing}${s.back_fill_from ? badge('back-fills') : nothing}` },
  { head: 'When', cell: reads },
  { head: 'Starts', cell: s => html`${format.clip(`${s.component}/${s.function}`, 60)} <span class="faint">in</span> <a href="#/queues/${encodeURIComponent(s.queue)}">${format.clip(s.queue, 40)}</a>` },
  { head: 'Next', cell: next },
  { head: 'Last', cell: s => ago(s.fired_at) },
  { head: html`<span class="hidden">Actions</span>`, kind: 'number', cell: s => pauseSchedule(ctx, s) },
], schedules, { key: s => s.name, caption: 'All schedules', empty: empty('There is no schedule yet.',
  html`<p><code>rowhouse schedule set NAME --cron '0 3 * * *' COMPONENT/FUNCTION</code> makes one.</p>`) });

/** Pauses or resumes. Times that pass while it is paused are dropped, so undoing a resume is whole, undoing a pause nearly. */
export function pauseSchedule(ctx, s) {
  const path = `/schedules/${encodeURIComponent(s.name)}`;
  const name = format.clip(s.name, 60);
  const said = { pause: `${name} is paused.`, resume: `${name} goes on.` };
  const run = (what, back) => attempt(() => api.post(`${path}/${what}`), said[what], { undo: back && (() => run(back)) });
  return s.paused ? action(ctx, 'operator', 'Resume', () => run('resume', 'pause')) : action(ctx, 'operator', 'Pause', () => run('pause', 'resume'));
}
