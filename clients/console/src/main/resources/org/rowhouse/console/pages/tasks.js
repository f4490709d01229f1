// All tasks: filters, counts, search, saved views, and what can be done to several at once.

import {
  html, nothing, panel, state, badge, ago, query, table, empty, loading, trouble, action, confirm, attempt, toast,
} from '../lib/ui.js';
import { live } from '../vendor/lit-html/directives/live.js';
import * as format from '../lib/format.js';
import * as api from '../lib/api.js';
import { path } from '../lib/api.js';
import { to } from '../lib/router.js';
import { literal } from '../lib/sql.js';
import { askQueue, askPriority } from '../lib/task-actions.js';
import { at } from '../lib/waterfall.js';
import { ended } from '../lib/timeline.js';

const LIMIT = 50;
const STATES = ['ready', 'running', 'waiting', 'succeeded', 'failed', 'cancelled', 'parked'];
const FILTERS = ['state', 'queue', 'component', 'function', 'roots', 'below'];
const VIEWS = '/saved/view';

/** What the address asks for. */
const wanted = ctx => {
  const given = Object.fromEntries([...FILTERS, 'text', 'before', 'after'].map(name => [name, ctx.query.get(name) || null]));
  return given.below ? { ...given, queue: null, component: null, function: null, roots: null, before: null, after: null, text: null } : given;
};

const filterOf = all => Object.fromEntries(FILTERS.map(name => [name, all[name]]));
const isFirst = all => !all.text && !all.before && !all.after;
const firstPath = all => path('/tasks', { ...filterOf(all), limit: all.below ? 1000 : LIMIT });
const countsPath = all => path('/tasks/counts', { queue: all.queue, component: all.component, function: all.function, roots: all.roots });

export const page = {
  title: 'Tasks',
  enter: ctx => {
    Object.assign(ctx.state, { chosen: new Map(), left: [], held: null, search: null, page: null, views: null, names: { queues: [], components: [] } });
    learnNames(ctx);
    learnViews(ctx);
  },
  leave: ctx => { ctx.state.gone = true; },
  watch: ctx => {
    const all = wanted(ctx);
    turnTo(ctx, all);
    return isFirst(all) ? [countsPath(all), firstPath(all)] : [countsPath(all)];
  },
  view: ctx => {
    const all = wanted(ctx);
    return html`
      <div class="head"><h1>Tasks</h1>${viewsMenu(ctx, all)}</div>
      ${filters(ctx, all)}
      ${stateBar(ctx, all)}
      ${bulkBar(ctx, all)}
      ${leftPart(ctx)}
      ${all.text ? found(ctx, all) : listed(ctx, all)}`;
  },
};

async function learnNames(ctx) {
  const [queues, components] = await Promise.all([api.get('/queues').catch(() => []), api.get('/components').catch(() => [])]);
  ctx.state.names = { queues: queues.map(each => each.name), components };
  ctx.redraw();
}

/** Fetches what is not watched: a page that is not the first, or a search. */
function turnTo(ctx, all) {
  const own = ctx.state;
  const key = JSON.stringify(all);
  if (own.key === key) return;
  own.key = key;
  // What somebody typed and left is not what is shown; what they type now is theirs.
  setTimeout(() => document.querySelectorAll('.filters input[name]').forEach(field => {
    if (field !== document.activeElement) field.value = all[field.name] ?? '';
  }));
  own.held = null;
  own.page = null;
  own.search = null;
  if (all.text) {
    own.search = { key, rows: [], looked: 0, next: null, begun: false };
    goOn(ctx, all, 1);
  } else if (!isFirst(all)) {
    turn(ctx, all, key);
  }
}

async function turn(ctx, all, key) {
  const own = ctx.state;
  try {
    const got = await api.get(path('/tasks', { ...filterOf(all), before: all.before, after: all.after, limit: LIMIT }));
    if (own.key !== key || own.gone) return;
    // Nothing newer is left: that is the first page, which is live.
    if (all.after && got.tasks.length < LIMIT && !got.previous) {
      location.replace(to('#/tasks', filterOf(all)));
      return;
    }
    own.page = { data: got };
  } catch (e) {
    if (own.key !== key) return;
    own.page = { problem: e };
  }
  ctx.redraw();
}

// Filters ---------------------------------------------------------------------------------------------------------------

const set = (ctx, changes) => ctx.setQuery({ before: null, after: null, focus: null, ...changes });

function filters(ctx, all) {
  const { queues, components } = ctx.state.names;
  const names = [...new Set(components.map(each => each.name))].sort();
  const functions = [...new Set(components.filter(each => !all.component || each.name === all.component)
    .flatMap(each => (each.functions ?? []).map(one => one.function ?? one.name ?? one)))].sort();
  if (ctx.query.get('focus') === 'search' && !ctx.state.focused) {
    ctx.state.focused = true;
    setTimeout(() => document.querySelector('[data-search]')?.focus());
  }
  const field = (name, label, known) => html`<label class="filter-field">${label}
    <input name=${name} list="known-${name}" .value=${all[name] ?? ''} placeholder="any" autocomplete="off" maxlength="300"
      @change=${e => set(ctx, { [name]: e.target.value.trim() || null })}>
    <datalist id="known-${name}">${known.map(each => html`<option value=${each}></option>`)}</datalist></label>`;
  // All fields at once: a changed one was not taken up yet if Enter was pressed in it.
  const search = e => {
    e.preventDefault();
    const form = new FormData(e.target);
    set(ctx, { ...Object.fromEntries(['text', 'queue', 'component', 'function'].map(name => [name, form.get(name).trim() || null])), below: null });
  };
  return html`<form class="controls filters" role="search" aria-label="Tasks" @submit=${search}>
    <label class="filter-field grow">Search
      <input data-search name="text" type="search" maxlength="500" .value=${all.text ?? ''} placeholder="words in function, queue, id, input, output, error"
        @search=${e => { if (!e.target.value && all.text) set(ctx, { text: null }); }}></label>
    ${field('queue', 'Queue', queues)}${field('component', 'Component', names)}${field('function', 'Function', functions)}
    <label class="roots"><input type="checkbox" .checked=${live(all.roots === 'true')} @change=${e => set(ctx, { roots: e.target.checked ? 'true' : null })}> roots only</label>
    <button type="submit">Search</button>
    ${FILTERS.some(name => all[name]) || all.text ? html`<a class="clear" href="#/tasks">clear</a>` : nothing}
  </form>
  ${all.below ? html`<div class="banner plain">Only ${html`<a class="mono" href="#/tasks/${all.below}">${format.shortId(all.below)}</a>`} and what it started.
    <button type="button" class="link" @click=${() => set(ctx, { below: null })}>All tasks</button></div>` : nothing}`;
}

/** The same filter in SQL, for the notebook. */
function where(all, withState = true) {
  const states = all.state?.split(',');
  return [
    withState && states && `state in (${states.map(literal).join(', ')})`,
    ...['queue', 'component', 'function'].map(name => all[name] && `${name} = ${literal(all[name])}`),
    all.roots === 'true' && 'parent is null',
    all.text && `to_tsvector('simple', concat_ws(' ', id, function, queue, input, output, error)) @@ websearch_to_tsquery('simple', ${literal(all.text)})`,
  ].filter(Boolean).map((each, i) => `${i ? '  and' : 'where'} ${each}\n`).join('');
}

const listSql = all => `select id, state, component, function, queue, priority, attempt, created_at, ended_at, error ->> 'message' as error\n`
  + `from rowhouse.task\n${where(all)}order by id desc\nlimit 100`;
const countSql = all => `select state, count(*)\nfrom rowhouse.task\n${where(all, false)}group by state\norder by state`;

/** Each state with its count; chosen ones are the filter. */
function stateBar(ctx, all) {
  const problem = ctx.problem(countsPath(all));
  const answer = ctx.data(countsPath(all));
  const on = new Set(all.state?.split(',') ?? []);
  const filtered = all.queue || all.component || all.function || all.roots;
  const toggle = name => {
    if (on.has(name)) on.delete(name); else on.add(name);
    set(ctx, { state: STATES.filter(each => on.has(each)).join(',') || null });
  };
  const counted = name => {
    if (!answer) return '…';
    if (name === 'succeeded') {
      if (filtered || answer.estimated == null) return '–';
      const others = Object.values(answer.counts).reduce((sum, each) => sum + each.tasks, 0);
      return `≈ ${format.count(Math.max(0, answer.estimated - others))}`;
    }
    const { tasks, more } = answer.counts[name];
    return more ? `${format.count(tasks)}+` : format.count(tasks);
  };
  return html`<div class="controls states" role="group" aria-label="States">
    ${STATES.map(name => html`<button type="button" class="toggle" aria-pressed=${on.has(name)} @click=${() => toggle(name)}>
      ${state(name)} <span class="count">${counted(name)}</span></button>`)}
    ${query(countSql(all), 'the counts')}
    ${problem ? html`<span class="faint">${problem.detail}</span>` : nothing}</div>`;
}

// The list --------------------------------------------------------------------------------------------------------------

function listed(ctx, all) {
  const own = ctx.state;
  const first = isFirst(all);
  const problem = first ? ctx.problem(firstPath(all)) : own.page?.problem;
  const now = first ? ctx.data(firstPath(all)) : own.page?.data;
  // Rows that somebody is choosing from stand still.
  if (first && (own.hold || own.chosen.size) && !own.held && now) own.held = now;
  if (first && !own.hold && !own.chosen.size) own.held = null;
  const data = own.held ?? now;
  if (!data) return problem ? trouble(problem) : loading('Loading tasks');
  const known = new Set(own.held?.tasks.map(each => each.id));
  const newer = own.held && now ? now.tasks.filter(each => !known.has(each.id)).length : 0;
  // A row that stands still still tells how its task fares.
  const fresh = new Map(now?.tasks.map(each => [each.id, each]));
  const rows = data.tasks.map(each => fresh.get(each.id) ?? each);
  const aside = html`<span class="controls">${first && !all.below ? html`
      ${newer ? html`<span class="faint">${newer}${newer === now.tasks.length ? ' or more' : ''} newer</span>` : nothing}
      <button type="button" class="toggle small" aria-pressed=${!!own.hold} title="Let the rows stand still" @click=${() => { own.hold = !own.hold; ctx.redraw(); }}>hold</button>`
      : nothing}${query(listSql(all), 'this list')}</span>`;
  return panel(all.below ? 'A task and what it started' : first ? 'Newest tasks' : 'Older tasks', html`
    ${problem ? trouble(problem) : nothing}
    ${rowsTable(ctx, rows, all)}
    ${all.below ? nothing : pager(ctx, all, data)}`, { aside, id: 'list' });
}

function pager(ctx, all, data) {
  const address = changes => to('#/tasks', { ...filterOf(all), ...changes });
  const first = isFirst(all);
  const top = data.tasks[0]?.id ?? all.before;
  return html`<nav class="pager controls" aria-label="Pages">
    ${first ? html`<span class="faint">◀ Newer</span>` : html`<a href=${address({})}>⏮ Newest</a> <a href=${address({ after: top })}>◀ Newer</a>`}
    ${data.next ? html`<a href=${address({ before: data.next })}>Older ▶</a>` : html`<span class="faint">Older ▶</span>`}
    ${data.next && data.tasks.length < LIMIT ? html`<span class="faint">Few fit: it looked back to ${format.time(new Date(msOf(data.next)).toISOString())} and stopped; go on with Older.</span>` : nothing}
  </nav>`;
}

/** When an id was made: its first 48 bits. */
const msOf = id => parseInt(id.replaceAll('-', '').slice(0, 12), 16);

const took = task => task.claimed_at == null ? '–'
  : format.duration((ended(task.state) ? at(task.ended_at) : task.state === 'running' ? Date.now() : at(task.ended_at) ?? NaN) - at(task.claimed_at));

function rowsTable(ctx, rows, all) {
  const own = ctx.state;
  const chosenHere = rows.filter(each => own.chosen.has(each.id)).length;
  const choose = (task, on) => { if (on) own.chosen.set(task.id, task); else own.chosen.delete(task.id); ctx.redraw(); };
  const words = all.text ? wordsOf(all.text) : [];
  return table([
    { head: html`<input type="checkbox" aria-label="Choose all of this page" .checked=${live(rows.length > 0 && chosenHere === rows.length)}
        .indeterminate=${live(chosenHere > 0 && chosenHere < rows.length)} @change=${e => { rows.forEach(each => { if (e.target.checked) own.chosen.set(each.id, each); else own.chosen.delete(each.id); }); ctx.redraw(); }}>`,
      kind: 'tick-box', cell: t => html`<input type="checkbox" aria-label="Choose ${format.clip(t.function, 60)} ${t.id}" .checked=${live(own.chosen.has(t.id))} @change=${e => choose(t, e.target.checked)}>` },
    { head: 'State', cell: t => html`${state(t.state)}${t.cancel_requested && !ended(t.state) ? html` <span title="Cancel asked for">✕</span>` : nothing}` },
    { head: 'Function', kind: 'what', cell: t => html`<a href="#/tasks/${t.id}">${all.below ? '· '.repeat(t.depth ?? 0) : nothing}${format.clip(t.function, 80)}</a>
      <span class="faint">${format.clip(t.component, 60)}</span>
      ${t.error ? html`<div class=${t.state === 'cancelled' ? 'faint' : 'cell-error'}>${marked(format.clip(t.error, 160), words)}</div>` : nothing}
      ${t.excerpt && t.field !== 'error' ? html`<div class="excerpt"><span class="faint">${t.field}</span> ${marked(format.clip(t.excerpt, 240), words)}</div>` : nothing}` },
    { head: 'Id', kind: 'when narrow-off', cell: t => html`<a class="mono" href="#/tasks/${t.id}" title=${t.id}>${format.shortId(t.id)}</a>` },
    { head: 'Queue', kind: 'narrow-off', cell: t => html`<button type="button" class="link" title="Only this queue" @click=${() => set(ctx, { queue: t.queue })}>${format.clip(t.queue, 40)}</button>` },
    { head: 'Priority', kind: 'number narrow-off', cell: t => t.priority },
    { head: 'Attempt', kind: 'number narrow-off', cell: t => html`${t.attempt}${t.crashes ? html` ${badge(`${t.crashes}✝`, 'bad')}` : nothing}` },
    { head: 'Started', kind: 'when', cell: t => ago(t.created_at) },
    { head: 'Took', kind: 'number narrow-off', cell: t => html`${took(t)}${t.state === 'waiting' && t.wake_at ? html`<div class="faint">${ago(t.wake_at)}</div>` : nothing}` },
  ], rows, { key: t => t.id, caption: all.text ? 'Tasks that were found' : 'Tasks, newest first', rowClass: t => own.chosen.has(t.id) ? 'picked' : '',
    empty: empty(all.text ? 'Nothing was found so far.' : FILTERS.some(name => all[name]) ? 'No task fits these filters.' : 'There is no task yet.') });
}

const wordsOf = text => text.toLowerCase().split(/[^\p{L}\p{N}_.@-]+/u).filter(each => each.length > 1 && each !== 'or' && !each.startsWith('-'));

/** Marks where words of a search stand. */
function marked(text, words) {
  if (!words.length) return text;
  const pattern = new RegExp(`(${words.map(each => each.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})`, 'giu');
  return text.split(pattern).map((part, i) => i % 2 ? html`<mark>${part}</mark>` : part);
}

// Search ----------------------------------------------------------------------------------------------------------------

const ROUNDS = 10; // of about a second

/** Looks on, each time for about a second, until something is found, somebody stops it, or it has lasted. */
async function goOn(ctx, all, rounds = ROUNDS) {
  const { search } = ctx.state;
  if (search.busy) return;
  search.busy = true;
  search.stopped = false;
  const before = search.rows.length;
  for (let i = 0; i < rounds; i++) {
    await lookOnce(ctx, all, search);
    if (search.problem || search.stopped || !search.next || search.rows.length > before || ctx.state.search !== search || ctx.state.gone) break;
  }
  search.busy = false;
  ctx.redraw();
}

async function lookOnce(ctx, all, search) {
  search.problem = null;
  ctx.redraw();
  try {
    const got = await api.get(path('/tasks/search', {
      text: all.text, state: all.state, queue: all.queue, component: all.component, function: all.function, roots: all.roots,
      before: search.next, limit: LIMIT }));
    search.rows = [...search.rows, ...got.tasks];
    search.looked += got.looked;
    search.back = got.back_to;
    search.next = got.next;
    search.chars = got.chars;
    search.begun = true;
  } catch (e) {
    search.problem = e;
  }
  ctx.redraw();
}

function found(ctx, all) {
  const { search } = ctx.state;
  if (!search) return loading('Searching');
  const told = !search.begun ? 'Searching…'
    : search.next ? html`Searched back to <strong>${format.time(search.back)}</strong>, ${format.count(search.looked)} tasks.`
      : html`Searched all ${format.count(search.looked)} tasks.`;
  return panel(`Found ${format.count(search.rows.length)}${search.next ? ' so far' : ''}`, html`
    ${search.problem ? trouble(search.problem) : nothing}
    ${search.begun || search.problem ? rowsTable(ctx, search.rows, all) : loading('Searching')}
    <div class="pager controls"><span role="status">${told}</span>
      ${search.next || search.problem ? html`<button type="button" class="primary" ?disabled=${search.busy} @click=${() => goOn(ctx, all)}>${search.busy ? 'Searching…' : 'Go on'}</button>
        ${search.busy ? html`<button type="button" @click=${() => { search.stopped = true; }}>Stop</button>` : nothing}` : nothing}
      ${search.begun ? html`<span class="faint">Of each input, output and error the first ${format.count(search.chars)} characters are looked at. Newest first.</span>` : nothing}
    </div>`, { aside: query(listSql(all), 'this search'), id: 'list' });
}

// Several at once -------------------------------------------------------------------------------------------------------

function bulkBar(ctx, all) {
  const { chosen, all: everything } = ctx.state;
  if (!chosen.size) return nothing;
  const fits = !all.text && !all.below && all.roots !== 'true';
  return html`<div class="bulk controls" role="toolbar" aria-label="What to do with those chosen">
    <strong>${format.count(chosen.size)} chosen</strong>
    ${action(ctx, 'operator', 'Cancel…', () => cancelAll(ctx), { kind: 'danger' })}
    ${action(ctx, 'operator', 'Resume…', () => simple(ctx, 'resume', 'Resume', 'Those that failed, were cancelled or are parked go on after their last durable step.'))}
    ${action(ctx, 'operator', 'Retry…', () => simple(ctx, 'retry', 'Retry from the beginning', 'Their recorded steps and all that they started are deleted, and they begin afresh. This cannot be undone.', true))}
    ${action(ctx, 'operator', 'Move…', () => moveAll(ctx))}
    ${action(ctx, 'operator', 'Priority…', () => prioritiseAll(ctx))}
    ${fits && !everything && ctx.may('operator') ? html`<button type="button" class="link" @click=${() => chooseAll(ctx, all)}>choose all that fit the filter</button>` : nothing}
    <button type="button" class="link" @click=${() => { chosen.clear(); ctx.redraw(); }}>choose none</button>
  </div>`;
}

/** All that fit, up to 10,000; the node says which, so that nothing else is touched later. */
async function chooseAll(ctx, all) {
  const got = await attempt(() => api.post('/tasks:bulk', { operation: 'resume', dry_run: true,
    filter: { state: all.state?.split(',') ?? null, queue: all.queue, component: all.component, function: all.function } }));
  if (!got) return;
  got.ids.forEach(id => { if (!ctx.state.chosen.has(id)) ctx.state.chosen.set(id, { id }); });
  if (got.ids.length >= 10_000) toast('10,000 is the most at once: do it again for the rest.');
  ctx.redraw();
}

const byStates = tasks => {
  const counts = new Map();
  tasks.forEach(each => counts.set(each.state ?? 'others', (counts.get(each.state ?? 'others') ?? 0) + 1));
  return html`<p class="controls">${[...counts].map(([name, count]) => html`<span>${name === 'others' ? badge('not on this page') : state(name)} ${format.count(count)}</span>`)}</p>`;
};

const some = n => n === 1 ? '1 task' : `${format.count(n)} tasks`;

/**
 * Does it, says what came of it, and lists what was left alone.
 *
 * @param {(done: any[]) => (() => void)|undefined} [undo]  the way back for what was done, if there is one
 */
async function bulk(ctx, body, word, undo) {
  const tasks = [...ctx.state.chosen.values()];
  const answer = await attempt(() => api.post('/tasks:bulk', { ids: tasks.map(each => each.id), ...body }));
  if (!answer) return;
  ctx.state.left = answer.left;
  const untouched = new Set(answer.left.map(each => each.id));
  const done = tasks.filter(each => !untouched.has(each.id));
  toast(`${word}: ${some(done.length)}${untouched.size ? `; ${some(untouched.size)} left as they are` : ''}.`,
    { kind: done.length ? 'good' : 'bad', undo: done.length ? undo?.(done) : undefined });
  ctx.state.chosen.clear();
  ctx.redraw();
}

async function cancelAll(ctx) {
  const tasks = [...ctx.state.chosen.values()];
  const answer = await confirm({ title: `Cancel ${some(tasks.length)}?`, yes: `Cancel ${some(tasks.length)}`, danger: true,
    body: html`${byStates(tasks)}<p>Those that run end at their next step; those that have ended are left as they are. They can be resumed.</p>
      <label class="row"><input type="checkbox" name="children" checked> and all that they started</label>` });
  if (answer) {
    await bulk(ctx, { operation: 'cancel', children: answer.has('children') }, 'Cancelled',
      done => () => attempt(() => resumeEnded(done.map(each => each.id)),
        n => `Resumed ${some(n)}${n < done.length ? ` of ${format.count(done.length)}` : ''}.`));
  }
}

/** Resumes what was cancelled; what still runs to its next step, as soon as it has ended. Gives how many it resumed. */
async function resumeEnded(ids) {
  let left = ids;
  let resumed = 0;
  for (let i = 0; i < 15 && left.length; i++) {
    if (i) await new Promise(resolve => { setTimeout(resolve, 1000); });
    const answer = await api.post('/tasks:bulk', { operation: 'resume', ids: left });
    resumed += answer.done;
    left = answer.left.filter(each => each.outcome.startsWith('it has not ended')).map(each => each.id).filter(id => left.includes(id));
  }
  return resumed;
}

async function simple(ctx, operation, verb, sentence, danger = false) {
  const tasks = [...ctx.state.chosen.values()];
  const answer = await confirm({ title: `${verb}: ${some(tasks.length)}?`, yes: verb, danger, body: html`${byStates(tasks)}<p>${sentence}</p>` });
  if (answer) await bulk(ctx, { operation }, operation === 'retry' ? 'Begin afresh' : 'Resumed');
}

/** The way back, if it is known of each where it was: of what is not on this page it is not. */
const wayBack = (field, operation) => done => done.every(each => each[field] != null) ? () => putBack(done, field, operation) : undefined;

/** Puts each back to where it was, all of one value at once. */
async function putBack(done, field, operation) {
  const groups = new Map();
  for (const each of done) {
    if (!groups.has(each[field])) groups.set(each[field], []);
    groups.get(each[field]).push(each.id);
  }
  let back = 0;
  for (const [value, ids] of groups) {
    const answer = await attempt(() => api.post('/tasks:bulk', { operation, ids, [field]: value }));
    back += answer?.done ?? 0;
  }
  toast(`As before: ${some(back)}${back < done.length ? ` of ${format.count(done.length)}` : ''}.`, { kind: back === done.length ? 'good' : 'bad' });
}

async function moveAll(ctx) {
  const tasks = [...ctx.state.chosen.values()];
  const queue = await askQueue({ title: `Move ${some(tasks.length)} to another queue`, more: byStates(tasks) });
  if (queue != null) await bulk(ctx, { operation: 'move', queue }, `Moved to ${queue}`, wayBack('queue', 'move'));
}

async function prioritiseAll(ctx) {
  const tasks = [...ctx.state.chosen.values()];
  const priority = await askPriority({ title: `Priority of ${some(tasks.length)}`, more: byStates(tasks) });
  if (priority != null) await bulk(ctx, { operation: 'prioritise', priority }, `Priority ${priority}`, wayBack('priority', 'prioritise'));
}

function leftPart(ctx) {
  const { left } = ctx.state;
  if (!left.length) return nothing;
  return html`<div class="banner" role="status"><strong>${some(left.length)} left as they are</strong>
    <button type="button" class="link" @click=${() => { ctx.state.left = []; ctx.redraw(); }}>dismiss</button>
    <ul>${left.slice(0, 10).map(each => html`<li><a class="mono" href="#/tasks/${each.id}">${format.shortId(each.id)}</a> ${format.clip(each.outcome, 200)}</li>`)}
    ${left.length > 10 ? html`<li>… and ${format.count(left.length - 10)} more</li>` : nothing}</ul></div>`;
}

// Saved views -----------------------------------------------------------------------------------------------------------

async function learnViews(ctx) {
  try {
    ctx.state.views = (await api.get(VIEWS)).filter(each => each.content?.page === 'tasks');
    ctx.state.viewsProblem = null;
  } catch (e) {
    ctx.state.viewsProblem = e;
  }
  ctx.redraw();
}

const viewPath = name => `${VIEWS}/${encodeURIComponent(name)}`;

function viewsMenu(ctx, all) {
  const { views, viewsProblem } = ctx.state;
  const query = contentOf(all).query;
  const here = views?.find(each => sameQuery(each.content.query, query));
  const close = e => { e.currentTarget.closest('details').open = false; };
  return html`<details class="menu views" @keydown=${e => { if (e.key === 'Escape') close(e); }}><summary>${here ? html`View: <strong>${format.clip(here.name, 40)}</strong>` : 'Views'} ▾</summary>
    <div>${viewsProblem ? html`<p class="faint">${viewsProblem.message}</p>` : nothing}
      ${views?.length ? html`<ul>${views.map(each => html`<li class="controls">
        <a class="grow" href=${to('#/tasks', each.content.query)} aria-current=${each === here ? 'true' : 'false'} @click=${close}>${format.clip(each.name, 60)}</a>
        <button type="button" class="plain" aria-label="Delete the view ${format.clip(each.name, 60)}" @click=${() => deleteView(ctx, each)}>×</button></li>`)}</ul>`
      : html`<p class="faint">A view is a filter and a search with a name. You have none.</p>`}
      <button type="button" @click=${() => saveView(ctx, all)} ?disabled=${!Object.keys(query).length}>Save what is shown…</button></div></details>`;
}

/** The database keeps the fields of an object in an order of its own. */
const sameQuery = (one, other) => Object.keys(one).length === Object.keys(other).length
  && Object.keys(one).every(name => one[name] === other[name]);

const contentOf = all => ({ page: 'tasks', query: Object.fromEntries([...FILTERS, 'text'].filter(name => all[name]).map(name => [name, all[name]])) });

async function saveView(ctx, all) {
  const answer = await confirm({ title: 'Save this view', yes: 'Save',
    body: html`<label>Name <input name="name" required maxlength="100" autofocus pattern="[^\\/]*[^\\/\\s][^\\/]*"></label>
      <p class="faint">Anything but slashes. A view of that name is replaced. Views are your own.</p>` });
  const name = answer?.get('name').trim();
  if (!name) return;
  const before = ctx.state.views?.find(each => each.name === name);
  await attempt(() => api.put(viewPath(name), { content: contentOf(all) }), `Saved as ${name}.`, {
    undo: async () => {
      await attempt(() => before ? api.put(viewPath(name), { content: before.content }) : api.del(viewPath(name)), 'As it was.');
      learnViews(ctx);
    } });
  learnViews(ctx);
}

async function deleteView(ctx, view) {
  await attempt(() => api.del(viewPath(view.name)), `Deleted ${view.name}.`, {
    undo: async () => {
      await attempt(() => api.put(viewPath(view.name), { content: view.content }), `${view.name} is back.`);
      learnViews(ctx);
    } });
  learnViews(ctx);
}
