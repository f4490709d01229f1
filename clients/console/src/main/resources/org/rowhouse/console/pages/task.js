// One task: what it did when, what came of it, why it is where it is, and what can be done about it.

import {
  html, nothing, panel, state, badge, time, ago, taskLink, query, table, tree, empty, loading, trouble, action, confirm, attempt,
  toast, saveAs, fromLive,
} from '../lib/ui.js';
import { keyed } from '../vendor/lit-html/directives/keyed.js';
import { ref } from '../vendor/lit-html/directives/ref.js';
import * as format from '../lib/format.js';
import * as api from '../lib/api.js';
import { path } from '../lib/api.js';
import { to } from '../lib/router.js';
import { waterfall, fresh, at } from '../lib/waterfall.js';
import { rowsOf, attemptsOf, ended } from '../lib/timeline.js';
import { askQueue, askPriority } from '../lib/task-actions.js';

const PAGE = 1000; // steps
const OPEN_MOST = 5; // children whose steps are kept live; the page watches two paths beside them
const LOG_LINES = 5000; // kept in the page
const LOG_SHOWN = 1000;

const base = ctx => `/tasks/${encodeURIComponent(ctx.params.id)}`;
const linePath = ctx => path(`${base(ctx)}/timeline`, { after: ctx.query.get('after') });
const explainPath = ctx => `${base(ctx)}/explain`;
const childPath = id => `/tasks/${id}/timeline`;

const sqlOf = (table, id, columns = '*') => `select ${columns} from rowhouse.${table} where ${table === 'task' ? 'id' : 'task'} = '${id}' `
  + `and bucket = rowhouse.bucket_of('${id}')${table === 'task' ? '' : ' order by number'}`;

export const page = {
  title: 'Task',
  watch: ctx => [linePath(ctx), explainPath(ctx), ...(ctx.state.live ?? []).map(childPath)],
  enter: ctx => {
    Object.assign(ctx.state, {
      axis: fresh(), open: new Map(), live: [], kept: new Map(), chosen: null, values: null, step: null,
      logs: { lines: [], attempt: 0, number: -1, follow: true, done: false }, forks: [],
    });
    followLogs(ctx);
  },
  leave: ctx => { ctx.state.left = true; clearTimeout(ctx.state.timer); },
  view: ctx => {
    const problem = ctx.problem(linePath(ctx));
    const line = ctx.data(linePath(ctx));
    if (!line) return html`<h1>Task ${format.shortId(ctx.params.id)}</h1>${problem ? trouble(problem) : loading('Loading the task')}`;
    document.title = `${line.function} · ${line.state} · Rowhouse`;
    line.steps_follow = line.steps.length >= PAGE;
    line.now ??= line.ended_at; // what has ended stands still
    fetchValues(ctx, line);
    // Another task is another page: nothing that was opened here stays open there.
    return keyed(line.id, html`${problem ? trouble(problem) : nothing}${head(ctx, line)}${timePanel(ctx, line)}
      <div class="columns">
        <div class="stack">${valuesPanel(ctx, line)}${logsPanel(ctx, line)}</div>
        <div class="stack">${explainPanel(ctx)}${familyPanel(ctx, line)}${attemptsPanel(line)}${eventsPanel(ctx, line)}</div>
      </div>`);
  },
};

// Head ------------------------------------------------------------------------------------------------------------------

const nodeName = (line, number) => number == null ? html`<span class="faint">–</span>`
  : line.nodes[number] ? html`<a href="#/nodes/${encodeURIComponent(line.nodes[number])}">${format.visible(line.nodes[number])}</a>` : `life ${number}`;

const fact = (name, value, kind = '') => html`<div class=${kind}><dt>${name}</dt><dd>${value}</dd></div>`;

function head(ctx, line) {
  const over = ended(line.state);
  const until = over ? at(line.ended_at) : at(line.now);
  const facts = [
    fact('Id', html`<span class="mono">${line.id}</span>
      <button type="button" class="link" @click=${() => copy(line.id)} aria-label="Copy the id">copy</button>`, 'long'),
    fact('Component', html`<a href=${to('#/tasks', { component: line.component })}>${format.visible(line.component)}</a> ${line.version}`),
    fact('Queue', html`<a href=${to('#/tasks', { queue: line.queue })}>${format.visible(line.queue)}</a>`),
    fact('Priority', line.priority),
    fact('Node', nodeName(line, line.node)),
    fact('Attempt', html`${line.attempt}${line.crashes ? html` ${badge(`its node died ${line.crashes}×`, 'bad')}` : nothing}`),
    fact('Started', html`${time(line.created_at)} <span class="faint">by ${format.visible(line.started_by)}</span>`),
    line.claimed_at ? fact('Began', html`${time(line.claimed_at)} <span class="faint">after ${format.duration(at(line.claimed_at) - at(line.created_at))}</span>`) : nothing,
    over ? fact('Ended', html`${time(line.ended_at)}`) : nothing,
    fact(over ? 'Took' : 'For', format.duration(until - at(line.created_at))),
    line.wake_at && line.state === 'waiting' ? fact('Goes on', html`${ago(line.wake_at)} <span class="faint">${format.time(line.wake_at)}</span>`) : nothing,
    line.deadline ? fact('Deadline', html`${time(line.deadline)} ${over ? nothing : html`<span class="faint">${format.ago(line.deadline)}</span>`}`) : nothing,
    line.partition ? fact('Partition', format.visible(line.partition)) : nothing,
    line.deduplication ? fact('Deduplication', format.visible(line.deduplication)) : nothing,
    line.parent ? fact('Parent', html`${taskLink(line.parent)} <span class="faint">step ${line.parent_step}</span>`) : nothing,
    line.root !== line.id && line.root !== line.parent ? fact('Root', taskLink(line.root)) : nothing,
    line.forked_from ? fact('Forked from', taskLink(line.forked_from)) : nothing,
    ctx.state.forks.length ? fact('Forked to', ctx.state.forks.map(id => html`${taskLink(id)} `)) : nothing,
  ];
  return html`
    <div class="head">
      <div class="task-title">
        <p class="faint"><a href="#/tasks">Tasks</a>${line.parent ? html` / <a href="#/tasks/${line.parent}">${format.shortId(line.parent)}</a>` : nothing}</p>
        <h1>${format.clip(line.function, 120)} ${state(line.state)} ${line.cancel_requested && !over ? badge('cancel asked for', 'warn') : nothing}
          ${query(sqlOf('task', line.id), 'this task')}</h1>
      </div>
      <div class="controls" role="group" aria-label="Actions">${actions(ctx, line)}</div>
    </div>
    ${line.error?.message && (over ? line.state !== 'succeeded' : true) ? html`<div class=${over ? 'trouble' : 'banner'}>
      <strong>${over ? '' : 'Last error: '}${line.error.code ?? ''}</strong> ${format.clip(line.error.message, 600)}</div>` : nothing}
    <dl class="task-facts panel">${facts}</dl>`;
}

async function copy(text) {
  await attempt(() => navigator.clipboard.writeText(text), 'Copied.');
}

// Actions ---------------------------------------------------------------------------------------------------------------

function actions(ctx, line) {
  const over = ended(line.state);
  const again = ['failed', 'cancelled', 'parked'].includes(line.state);
  return html`
    ${over ? nothing : action(ctx, 'operator', 'Cancel…', () => cancel(ctx, line), { kind: 'danger', disabled: line.cancel_requested })}
    ${again ? html`${action(ctx, 'operator', 'Resume…', () => resume(ctx, line), { kind: 'primary' })}
      ${action(ctx, 'operator', 'Retry…', () => retry(ctx, line))}` : nothing}
    ${action(ctx, 'operator', 'Fork…', () => fork(ctx, line, ctx.state.chosen?.step?.number ?? 0))}
    ${over && line.state === 'succeeded' ? nothing : html`
      ${action(ctx, 'operator', 'Move…', () => move(ctx, line), { disabled: line.state === 'running' })}
      ${action(ctx, 'operator', 'Priority…', () => prioritise(ctx, line))}`}`;
}

async function cancel(ctx, line) {
  const answer = await confirm({
    title: `Cancel ${format.clip(line.function, 60)}?`, yes: 'Cancel the task', danger: true,
    body: html`<p>${line.state === 'running' ? 'It runs: it ends at its next step.' : 'It ends at once.'} It can be resumed after that.</p>
      <label class="row"><input type="checkbox" name="children" checked> and all that it started</label>`,
  });
  if (!answer) return;
  await attempt(() => api.post(`${base(ctx)}/cancel`, { children: answer.has('children') }), 'The task is being cancelled.',
    { undo: () => attempt(() => resumeEnded(ctx), 'It goes on.') });
}

/** What runs ends at its next step; only then it can go on. */
async function resumeEnded(ctx) {
  await api.get(`${base(ctx)}/outcome?wait=20`);
  return api.post(`${base(ctx)}/resume`);
}

async function resume(ctx, line) {
  const answer = await confirm({
    title: `Resume ${format.clip(line.function, 60)}?`, yes: 'Resume',
    body: html`<p>It goes on after its last durable step; what it started and still waits for goes on with it.</p>`,
  });
  if (!answer) return;
  // Only what was cancelled is, by cancelling it again, as it was.
  await attempt(() => api.post(`${base(ctx)}/resume`), 'It goes on.', line.state === 'cancelled' ? { undo: () => undoCancel(ctx) } : {});
}

const undoCancel = ctx => attempt(() => api.post(`${base(ctx)}/cancel`, { children: true }), 'It is being cancelled.');

async function retry(ctx, line) {
  const answer = await confirm({
    title: `Retry ${format.clip(line.function, 60)} from the beginning?`, yes: 'Forget its steps and retry', danger: true,
    body: html`<p>Its ${format.count(line.steps_recorded)} recorded steps and all that it started are deleted, and it begins afresh.
      This cannot be undone: <em>fork</em> it to keep what there is.</p>`,
  });
  if (answer) await attempt(() => api.post(`${base(ctx)}/retry`), 'It begins afresh.');
}

async function move(ctx, line) {
  const queue = await askQueue({ title: `Move ${format.clip(line.function, 60)} to another queue`, now: line.queue });
  if (queue == null) return;
  await attempt(() => api.patch(base(ctx), { queue }), `Moved to ${queue}.`,
    { undo: () => attempt(() => api.patch(base(ctx), { queue: line.queue }), `Back in ${line.queue}.`) });
}

async function prioritise(ctx, line) {
  const priority = await askPriority({ title: `Priority of ${format.clip(line.function, 60)}`, now: line.priority });
  if (priority == null) return;
  await attempt(() => api.patch(base(ctx), { priority }), `Priority ${priority}.`,
    { undo: () => attempt(() => api.patch(base(ctx), { priority: line.priority }), `Priority ${line.priority} again.`) });
}

async function fork(ctx, line, from) {
  const [components, queues] = await Promise.all([api.get('/components').catch(() => []), api.get('/queues').catch(() => [])]);
  const versions = components.filter(each => each.name === line.component && each.kind !== 'in-process').map(each => each.version);
  const answer = await confirm({
    title: `Fork ${format.clip(line.function, 60)}`, yes: 'Start the fork',
    body: html`<p>A new task with the same input takes over the results of the steps before this one, and runs from it on. This task stays as it is.</p>
      <label>From step <input name="step" type="number" required min="0" max=${line.steps_recorded} value=${from}></label>
      <p class="faint">0 runs everything again; ${line.steps_recorded} takes over all recorded steps.</p>
      <label>Version <select name="version"><option value="">${line.version} (its own)</option>
        ${versions.filter(each => each !== line.version).map(each => html`<option value=${each}>${each}</option>`)}</select></label>
      <label>Queue <select name="queue"><option value="">${line.queue} (its own)</option>
        ${queues.filter(each => each.name !== line.queue).map(each => html`<option value=${each.name}>${each.name}</option>`)}</select></label>`,
  });
  if (!answer) return;
  const made = await attempt(() => api.post(`${base(ctx)}/fork`, {
    from_step: Number(answer.get('step')), version: answer.get('version') || null, queue: answer.get('queue') || null,
  }));
  if (!made) return;
  ctx.state.forks.push(made.id);
  toast(html`<span>Forked from step ${answer.get('step')}: <a href="#/tasks/${made.id}">${format.shortId(made.id)}</a></span>`, { ms: 12_000 });
  ctx.redraw();
}

// Time axis -------------------------------------------------------------------------------------------------------------

function timePanel(ctx, line) {
  const own = ctx.state;
  const shown = rowsNow(ctx, line);
  const chosen = shown.rows.find(row => row.key === own.chosen?.key) ?? own.chosen;
  const after = Number(ctx.query.get('after') ?? -1);
  const more = line.steps_recorded > line.steps.length;
  const paging = more ? html`<span class="controls">
    <span class="faint">steps ${line.steps[0]?.number ?? after + 1} to ${line.steps.at(-1)?.number ?? after} of ${format.count(line.steps_recorded)}</span>
    <button type="button" ?disabled=${after < 0} @click=${() => ctx.setQuery({ after: after - PAGE < 0 ? null : after - PAGE })}>Earlier steps</button>
    <button type="button" ?disabled=${!line.steps_follow} @click=${() => ctx.setQuery({ after: line.steps.at(-1).number })}>Later steps</button></span>` : nothing;
  return panel('Time', html`${waterfall(own.axis, shown.rows, shown.extent, {
    origin: shown.origin, label: 'Steps and what they started, on a time axis', chosen: own.chosen?.key ?? null, redraw: ctx.redraw,
    choose: row => choose(ctx, row), toggle: row => toggle(ctx, row), open: row => { if (row.child) location.hash = `#/tasks/${row.child.id}`; },
  })}${chosen ? chosenPart(ctx, line, chosen) : nothing}${stepList(ctx, line)}`, {
    id: 'time', aside: html`${paging} ${query(sqlOf('step', line.id), 'the steps')}` });
}

/** The rows, made anew only if something has changed: the page is drawn more often. */
function rowsNow(ctx, line) {
  const own = ctx.state;
  const linesOf = id => ctx.data(childPath(id)) ?? own.kept.get(id);
  const from = [line, own.turned, ...[...own.open.keys()].map(linesOf)];
  if (own.rows?.from.length !== from.length || own.rows.from.some((each, i) => each !== from[i])) {
    own.rows = { from, shown: rowsOf(line, { open: own.open, lines: linesOf }) };
  }
  return own.rows.shown;
}

function toggle(ctx, row) {
  const own = ctx.state;
  own.turned = (own.turned ?? 0) + 1;
  own.open.set(row.key, !row.expanded);
  if (row.child) keepLive(ctx, row.child, !row.expanded);
  ctx.redraw();
}

/** What has ended never changes: it is fetched once. The latest few of the others are watched. */
async function keepLive(ctx, child, wanted) {
  const own = ctx.state;
  own.live = own.live.filter(id => id !== child.id);
  if (wanted && ended(child.state)) {
    if (!own.kept.has(child.id)) own.kept.set(child.id, await attempt(() => api.get(childPath(child.id))));
    ctx.redraw();
  } else if (wanted) {
    for (const id of own.live.slice(0, Math.max(0, own.live.length + 1 - OPEN_MOST))) own.open.set(id, false);
    own.live = [...own.live, child.id].slice(-OPEN_MOST);
  }
  ctx.rewatch();
}

async function choose(ctx, row) {
  const own = ctx.state;
  if (own.chosen?.key === row.key) {
    own.chosen = null;
    ctx.redraw();
    return;
  }
  own.chosen = row;
  own.step = null;
  ctx.redraw();
  if (!row.step) return;
  try {
    own.step = { key: row.key, row: await api.getValues(`/tasks/${row.task}/steps/${row.step.number}`) };
  } catch (e) {
    own.step = { key: row.key, problem: e };
  }
  ctx.redraw();
}

/** What was chosen on the axis: a step with its output, or a child. */
function chosenPart(ctx, line, row) {
  const own = ctx.state;
  const mine = row.task === line.id;
  const close = html`<button type="button" class="plain" aria-label="Close" @click=${() => { own.chosen = null; ctx.redraw(); }}>×</button>`;
  if (row.child) {
    return html`<section class="chosen" aria-label="Chosen child"><div class="head"><h3>${format.clip(row.label, 100)} ${state(row.state)}</h3>
      <div class="controls"><a href="#/tasks/${row.child.id}">Open this task</a>${close}</div></div>
      <p class="faint mono">${row.child.id}</p>
      <p>${row.child.claimed_at ? html`Began after ${format.duration(at(row.child.claimed_at) - at(row.child.created_at))}, took ${format.duration(row.took)}.`
        : html`Waits since ${time(row.child.created_at)}.`} Node ${nodeName(line, row.child.node)}, attempt ${row.child.attempt}.</p>
      ${row.child.error ? html`<div class="trouble">${format.clip(row.child.error, 600)}</div>` : nothing}</section>`;
  }
  if (!row.step) return nothing;
  const full = own.step?.key === row.key ? own.step : null;
  return html`<section class="chosen" aria-label="Chosen step">
    <div class="head"><h3>Step ${row.step.number} ${format.clip(row.step.name, 100)} ${badge(row.state, row.step.error ? 'bad' : row.step.done ? 'good' : 'warn')}</h3>
      <div class="controls">${mine ? action(ctx, 'operator', 'Fork from this step…', () => fork(ctx, line, row.step.number))
        : html`<a href="#/tasks/${row.task}">Open its task</a>`}${close}</div></div>
    <p class="faint">${row.step.kind}, ${row.step.attempts === 1 ? 'one try' : `${row.step.attempts} tries`}, the last took ${format.duration(row.step.duration_us / 1000)}
      and ended ${time(row.step.ended_at)}${row.step.wake_at ? html`; until ${time(row.step.wake_at)}` : nothing}</p>
    ${full?.problem ? trouble(full.problem) : !full ? loading('Loading its output') : html`
      ${full.row.error ? errorView(full.row.error) : nothing}
      ${full.row.output != null || !full.row.error ? html`<h3>Output</h3>${keyed(row.key + full.row.ended_at, valueView(full.row.output, `step-${row.step.number}`))}` : nothing}`}
  </section>`;
}

function stepList(ctx, line) {
  if (!line.steps.length) return nothing;
  const own = ctx.state;
  return html`<details class="steps" @toggle=${e => { own.listed = e.target.open; ctx.redraw(); }}>
    <summary>Steps as a list <span class="faint">(${format.count(line.steps.length)})</span></summary>
    ${own.listed ? table([
      { head: '#', kind: 'number', cell: s => s.number },
      { head: 'Step', cell: s => html`<button type="button" class="link" @click=${() => choose(ctx, rowOfStep(line, s))}>${format.clip(s.name, 80)}</button>` },
      { head: 'Kind', cell: s => s.kind },
      { head: 'State', cell: s => s.error ? badge(s.done ? 'failed' : 'tries again', 'bad') : s.done ? badge('done', 'good') : badge('waits', 'warn') },
      { head: 'Tries', kind: 'number', cell: s => s.attempts },
      { head: 'Took', kind: 'number', cell: s => format.duration(s.duration_us / 1000) },
      { head: 'Ended', cell: s => time(s.ended_at) },
      ...some(line.steps, s => s.error, { head: 'Error', kind: 'wide', cell: s => format.clip(s.error, 120) }),
      { head: html`<span class="hidden">Fork</span>`, cell: s => action(ctx, 'operator', 'Fork…', () => fork(ctx, line, s.number)) },
    ], line.steps, { key: s => s.number, caption: 'Steps' }) : nothing}</details>`;
}

const rowOfStep = (line, step) => ({ key: `${line.id}/${step.number}`, label: step.name, step, task: line.id,
  state: step.error ? (step.done ? 'failed' : 'tries again') : step.done ? 'done' : 'waits' });

// Values ----------------------------------------------------------------------------------------------------------------

/** Input, output and error may be large, so they are fetched when they can have changed, not watched. */
async function fetchValues(ctx, line) {
  const own = ctx.state;
  const key = `${line.state} ${line.has_output} ${line.attempt} ${line.error?.message}`;
  if (own.valuesKey === key) return;
  own.valuesKey = key;
  try {
    const values = await api.getValues(`${base(ctx)}/values`);
    if (own.valuesKey === key) own.values = { key, values };
  } catch (e) {
    if (own.valuesKey === key) own.values = { key, problem: e };
  }
  ctx.redraw();
}

function valueView(value, name) {
  if (value === undefined) return html`<span class="faint">none</span>`;
  const save = typeof value === 'object' && value !== null;
  return html`<div class="value-tree">${tree(value, { open: 2 })}</div>
    ${save ? html`<button type="button" class="link" @click=${() => saveAs(`${name}.json`, 'application/json', JSON.stringify(value, null, 2))}>save as JSON</button>` : nothing}`;
}

const STACK = 20_000;

/** An error with its stack as text, and whatever else it says. */
function errorView(error) {
  const { code, message, type, stack, ...rest } = typeof error === 'object' && error ? error : { message: String(error) };
  const trace = Array.isArray(stack) ? stack.join('\n') : stack;
  return html`<div class="error-view"><p><strong>${code ?? ''} ${format.visible(type ?? '')}</strong></p>
    <pre class="message">${format.visible(String(message ?? '').slice(0, STACK))}</pre>
    ${trace ? html`<details open><summary>Stack</summary><pre class="stack" tabindex="0" role="region" aria-label="Stack">${format.visible(trace.slice(0, STACK))}</pre>
      ${trace.length > STACK ? html`<button type="button" class="link" @click=${() => saveAs('stack.txt', 'text/plain', trace)}>… ${format.count(trace.length)} characters: save all</button>` : nothing}</details>` : nothing}
    ${Object.keys(rest).length ? tree(rest, { open: 1 }) : nothing}</div>`;
}

function valuesPanel(ctx, line) {
  const { values } = ctx.state;
  const body = !values ? loading() : values.problem ? trouble(values.problem) : keyed(values.key, html`
    ${values.values.error && line.state !== 'succeeded' ? html`<h3>Error</h3>${errorView(values.values.error)}` : nothing}
    ${line.has_output ? html`<h3>Output</h3>${valueView(values.values.output, 'output')}` : nothing}
    <h3>Input</h3>${valueView(values.values.input, 'input')}`);
  return panel('Values', html`<div class="stack values">${body}</div>`, { aside: query(sqlOf('task', line.id, 'input, output, error'), 'the values') });
}

// Why -------------------------------------------------------------------------------------------------------------------

const ID = /([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12})/;

/** A sentence in which other tasks are links, and what stands between ` is to be typed. */
const linked = (sentence, own) => format.visible(sentence).split('`').map((part, i) => i % 2 ? html`<code>${part}</code>` : withTasks(part, own));

const withTasks = (sentence, own) => sentence.split(ID).map((part, i) =>
  i % 2 === 0 ? part : part !== own ? taskLink(part)
    // In the first sentence it is a name, later a part of something to type.
    : i === 1 && sentence.startsWith('Task ') ? html`<span class="mono" title=${part}>${format.shortId(part)}</span>` : html`<span class="mono">${part}</span>`);

function explainPanel(ctx) {
  return panel('Why it is where it is', fromLive(ctx, explainPath(ctx), sentences => html`<ol class="sentences">${sentences.map((each, i) => html`
    <li class=${i === sentences.length - 1 ? 'cure' : ''}><p>${linked(each.sentence, ctx.params.id)}</p>
      ${each.row ? html`<details><summary class="faint">its row in <code>${each.relation}</code></summary>
        ${keyed(JSON.stringify(each.row), tree(each.row, { open: 1 }))}</details>` : nothing}</li>`)}</ol>`),
  { aside: query(`select * from rowhouse.explain_task('${ctx.params.id}')`, 'the sentences') });
}

/** A column, if any row has something for it. */
const some = (rows, has, column) => rows.some(has) ? [column] : [];

// Family, attempts, events ----------------------------------------------------------------------------------------------

function familyPanel(ctx, line) {
  if (!line.counts.length && !line.parent) return nothing;
  const totals = new Map();
  line.counts.forEach(each => totals.set(each.state, (totals.get(each.state) ?? 0) + each.tasks));
  const sum = [...totals.values()].reduce((a, b) => a + b, 0);
  const unusual = line.children.filter(each => each.state !== 'succeeded').slice(0, 20);
  const shown = unusual.length ? unusual : line.children.slice(0, 10);
  return panel('Parent and children', html`<div class="stack">
    ${line.parent ? html`<p>Started by step ${line.parent_step} of ${taskLink(line.parent)}
      ${line.parent_task ? html`${format.clip(line.parent_task.function, 60)} ${state(line.parent_task.state)}` : html`<span class="faint">which is gone</span>`}</p>` : nothing}
    ${sum ? html`<p class="controls">${[...totals].map(([name, tasks]) => html`<span>${state(name)} ${format.count(tasks)}</span>`)}
      <a href=${to('#/tasks', { below: line.id })}>all ${format.count(sum)} and theirs</a></p>
      ${table([
        { head: 'Child', cell: c => html`<a href="#/tasks/${c.id}">${format.clip(c.function, 60)} #${c.parent_position}</a>` },
        { head: 'State', cell: c => state(c.state) },
        { head: 'Step', kind: 'number', cell: c => c.parent_step },
        { head: 'Took', kind: 'number', cell: c => c.claimed_at ? format.duration((at(c.ended_at) ?? at(line.now)) - at(c.claimed_at)) : '–' },
        ...some(shown, c => c.error, { head: 'Error', kind: 'wide', cell: c => format.clip(c.error, 100) }),
      ], shown, { key: c => c.id, caption: unusual.length ? 'Children that have not succeeded' : 'Children' })}` : nothing}
  </div>`, { aside: query(`select id, state, function, parent_step, parent_position from rowhouse.task where parent = '${line.id}' order by parent_step, parent_position`, 'the children') });
}

function attemptsPanel(line) {
  const attempts = attemptsOf(line);
  return panel('Attempts', table([
    { head: '#', kind: 'number', cell: a => a.attempt },
    { head: 'Node', cell: a => nodeName(line, a.node) },
    { head: 'From', cell: a => time(a.from) },
    { head: 'Ran', kind: 'number', cell: a => format.duration((at(a.to) ?? at(line.now)) - at(a.from)) },
    { head: 'Then', cell: a => a.to ? html`${a.how} ${a.state ? state(a.state) : nothing}` : state('running') },
    ...some(attempts, a => a.error, { head: 'Error', kind: 'wide', cell: a => format.clip(a.error, 120) }),
  ], attempts.slice(-50).reverse(), { key: a => a.from, caption: 'Attempts, latest first', empty: empty('It has not run yet.') }),
  { aside: query(sqlOf('task_event', line.id), 'the attempts') });
}

function eventsPanel(ctx, line) {
  const own = ctx.state;
  const all = [...line.events].reverse();
  const shown = own.allEvents ? all : all.slice(0, 12);
  return panel('Events', html`${table([
    { head: '#', kind: 'number', cell: e => e.number },
    { head: 'When', cell: e => time(e.at) },
    { head: 'What', cell: e => e.cause },
    { head: 'State', cell: e => state(e.state) },
    { head: 'Node', cell: e => nodeName(line, e.node) },
    ...some(shown, e => e.error || Object.keys(e.detail ?? {}).length, { head: 'More', kind: 'wide', cell: e => html`${e.error ? format.clip(e.error, 200) : nothing}
      ${e.detail && Object.keys(e.detail).length ? Object.entries(e.detail).map(([name, value]) => html`<span class="event-pair"><span class="key">${name}</span> ${format.clip(typeof value === 'string' ? value : JSON.stringify(value), 80)}</span> `) : nothing}` }),
  ], shown, { key: e => e.number, caption: 'Events, latest first' })}
  ${all.length > shown.length ? html`<p class="more-rows"><button type="button" class="link" @click=${() => { own.allEvents = true; ctx.redraw(); }}>all ${format.count(all.length)} events</button></p>` : nothing}`,
  { aside: query(sqlOf('task_event', line.id), 'the events') });
}

// Log -------------------------------------------------------------------------------------------------------------------

/** Asks for new lines each second while there can be some; no line to the node stays open for it. */
async function followLogs(ctx) {
  const own = ctx.state;
  const { logs } = own;
  if (own.left) return;
  let pause = 1000;
  if (!document.hidden) {
    try {
      const got = await api.get(path(`${base(ctx)}/logs`, { attempt: logs.attempt, number: logs.number }));
      if (own.left) return;
      logs.problem = null;
      if (got.lines.length) {
        logs.lines = [...logs.lines, ...got.lines].slice(-LOG_LINES);
        logs.attempt = got.lines.at(-1).attempt;
        logs.number = got.lines.at(-1).number;
        pause = got.lines.length >= PAGE ? 0 : 1000;
        ctx.redraw();
      } else if (ended(got.state)) {
        pause = 5000; // it may be resumed
      }
    } catch (e) {
      logs.problem = e;
      pause = 3000;
      if (e.status === 404 || e.status === 401) return;
    }
  }
  own.timer = setTimeout(() => followLogs(ctx), pause);
}

/** Whoever scrolls up, by whatever means, reads; whoever goes to the end follows. */
function scrolled(ctx, box) {
  const { logs } = ctx.state;
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 8;
  const follow = atEnd || (logs.follow && box.scrollTop >= (logs.top ?? 0));
  logs.top = box.scrollTop;
  if (follow === logs.follow) return;
  logs.follow = follow;
  ctx.redraw();
}

function logsPanel(ctx, line) {
  const { logs } = ctx.state;
  const stick = element => { if (element && logs.follow) requestAnimationFrame(() => { element.scrollTop = element.scrollHeight; }); };
  const shown = logs.lines.slice(-LOG_SHOWN);
  const several = shown.length && shown[0].attempt !== shown.at(-1).attempt;
  const earlier = logs.lines.length - shown.length;
  const body = shown.length ? html`<div class="log" tabindex="0" role="log" aria-label="Log" ${ref(stick)}
      @scroll=${e => scrolled(ctx, e.target)}>${earlier ? html`<p class="faint">${format.count(earlier)} earlier lines</p>` : nothing}${shown.map((each, i) => html`${several && (i === 0 || shown[i - 1].attempt !== each.attempt)
        ? html`<p class="faint">attempt ${each.attempt}</p>` : nothing}<div><time class="faint" datetime=${each.at} title=${each.at}>${format.time(each.at)}</time> ${format.visible(each.line)}</div>`)}</div>`
    : empty(ended(line.state) ? 'It wrote nothing.' : 'It has written nothing yet.');
  return panel('Log', html`${logs.problem ? trouble(logs.problem) : nothing}${body}`, {
    aside: html`<span class="controls"><label><input type="checkbox" .checked=${logs.follow} @change=${e => { logs.follow = e.target.checked; ctx.redraw(); }}> follow</label>
      ${logs.lines.length ? html`<button type="button" class="link" @click=${() => saveAs('log.txt', 'text/plain',
        logs.lines.map(each => `${each.at} ${each.line}\n`).join(''))}>save</button>` : nothing}
      ${query(sqlOf('task_log', line.id), 'the log')}</span>` });
}
