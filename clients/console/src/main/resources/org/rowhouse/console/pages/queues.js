// All queues: what waits in them, what runs, and under which limits.

import { html, nothing, panel, table, fromLive, bar, badge, empty, query, ago, action, attempt, confirm } from '../lib/ui.js';
import * as format from '../lib/format.js';
import * as api from '../lib/api.js';
import { to } from '../lib/router.js';
import { limitWords } from '../lib/limits.js';

const QUEUES = '/queues';
const SQL = 'select queue.*, (select count(*) from rowhouse.task where task.queue = queue.name and state = \'ready\') as ready\nfrom rowhouse.queue\norder by name';

export const page = {
  title: 'Queues',
  watch: () => [QUEUES],
  view: ctx => html`
    <div class="head"><h1>Queues</h1><div class="controls">
      <label><span class="hidden">Filter</span><input type="search" data-search placeholder="Name" maxlength="200"
        .value=${ctx.state.text ?? ''} @input=${e => { ctx.state.text = e.target.value; ctx.redraw(); }}></label>
      ${action(ctx, 'operator', 'New queue…', create)} ${query(SQL, 'queues')}</div></div>
    ${panel('Queues', fromLive(ctx, QUEUES, queues => list(ctx, queues)))}`,
};

function list(ctx, queues) {
  const text = (ctx.state.text ?? '').toLowerCase();
  const fits = queues.filter(q => q.name.toLowerCase().includes(text))
    .sort((a, b) => b.ready + b.running - a.ready - a.running || (a.name < b.name ? -1 : 1));
  const most = Math.max(1, ...fits.map(q => q.ready));
  return table([
    { head: 'Queue', cell: q => html`<a href="#/queues/${encodeURIComponent(q.name)}">${format.visible(q.name)}</a> ${q.paused ? badge('paused', 'warn') : nothing}` },
    { head: html`<span class="hidden">Share</span>`, kind: 'bar-cell', cell: q => bar(q.ready, most, `${q.ready} ready`) },
    { head: 'Ready', kind: 'number', cell: q => html`<a href=${to('#/tasks', { queue: q.name, state: 'ready' })}>${format.counted(q.ready)}</a>` },
    { head: 'Running', kind: 'number', cell: q => html`<a href=${to('#/tasks', { queue: q.name, state: 'running' })}>${format.counted(q.running)}</a>` },
    { head: 'Limits', cell: q => { const words = limitWords(q); return words.length ? words.map(each => html`${badge(each)} `) : html`<span class="faint">none</span>`; } },
    { head: 'Changed', cell: q => html`<span class="faint">${format.clip(q.changed_by, 40)},</span> ${ago(q.changed_at)}` },
    { head: html`<span class="hidden">Actions</span>`, kind: 'number', cell: q => q.name === 'direct' ? nothing : pauseButton(ctx, q) },
  ], fits, { key: q => q.name, caption: 'All queues', empty: empty('No queue fits.') });
}

/** Pauses or resumes; what one does, the other undoes. */
export function pauseButton(ctx, queue) {
  const path = `/queues/${encodeURIComponent(queue.name)}`;
  const name = format.clip(queue.name, 60);
  const said = { pause: `${name} is paused: nothing more is claimed from it.`, resume: `${name} goes on.` };
  const run = (what, back) => attempt(() => api.post(`${path}/${what}`), said[what],
    { undo: back && (() => run(back)) });
  return queue.paused ? action(ctx, 'operator', 'Resume', () => run('resume', 'pause'))
    : action(ctx, 'operator', 'Pause', () => run('pause', 'resume'));
}

async function create() {
  const here = location.hash;
  const answer = await confirm({ title: 'New queue', yes: 'Make it', body: html`
    <label>Name <input name="name" required maxlength="63" pattern="[A-Za-z0-9][A-Za-z0-9._:\\-]*" autofocus></label>
    <label>Tasks that run at once in the cluster <input name="concurrency" type="number" min="1" max="100000" placeholder="no limit"></label>
    <p class="faint">Its other limits are set on its page.</p>` });
  if (!answer) return;
  const name = answer.get('name');
  const body = answer.get('concurrency') ? { concurrency: Number(answer.get('concurrency')) } : {};
  if (await attempt(() => api.put(`/queues/${encodeURIComponent(name)}`, body), `The queue ${format.clip(name, 60)} is made.`)
    && location.hash === here) {
    location.hash = `#/queues/${encodeURIComponent(name)}`;
  }
}
