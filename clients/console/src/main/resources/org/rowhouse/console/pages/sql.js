// The notebook: any question to the database, under the reader's own rights.

import { html, nothing, repeat, table, badge, ago, empty, trouble, loading, confirm, attempt, toast } from '../lib/ui.js';
import * as api from '../lib/api.js';
import * as format from '../lib/format.js';
import * as sql from '../lib/sql.js';
import { notebook, LIMITS, open, add, write, remove, move, keep, learn } from '../lib/notebook.js';
import { planView } from '../lib/plan.js';

const SAVED = '/saved/sql';
const savedPath = name => `${SAVED}/${encodeURIComponent(name)}`;

export const page = {
  title: 'SQL',

  enter: ctx => {
    notebook.redraw = ctx.redraw;
    open(ctx.me.name);
    fromAddress(ctx);
    if (!notebook.cells.length) add({});
    learn();
    loadSaved(ctx);
  },

  leave: () => { notebook.redraw = () => {}; },

  view: ctx => {
    fromAddress(ctx);
    return html`
      <div class="head"><h1>SQL notebook</h1>${bar(ctx)}</div>
      ${notebook.writes ? html`<div class="banner writes" role="status"><strong>Statements may write.</strong> What they change is changed at once,
        without a way back, and stands in the audit under your name. <button type="button" class="link" @click=${() => setWrites(false)}>Only read again</button></div>` : nothing}
      ${notebook.lost ? trouble({ code: 'Not kept', message: notebook.lost }) : nothing}
      ${savedList(ctx)}
      ${repeat(notebook.cells, each => each.id, (each, i) => cellView(ctx, each, i))}
      <p class="faint">In a cell <kbd>Ctrl</kbd> <kbd>Enter</kbd> runs it, or what is selected; <kbd>Shift</kbd> <kbd>Enter</kbd> goes on to the next one too;
        <kbd>Ctrl</kbd> <kbd>Space</kbd> proposes names; <kbd>Esc</kbd> leaves the text.</p>`;
  },
};

/** The statement of the address becomes a cell, and runs if it only reads and the reader came from a page of the console. */
function fromAddress(ctx) {
  const text = ctx.query.get('text');
  const name = ctx.query.get('name');
  if (text === null && name === null) return;
  // It is a cell from now on: a reload must not add it again.
  ctx.query = new URLSearchParams();
  history.replaceState(null, '', '#/sql');
  if (name !== null) {
    openSaved(ctx, name);
    return;
  }
  const same = notebook.cells.find(each => each.text === text);
  if (same) move(same, -notebook.cells.indexOf(same));
  const cell = same ?? add({ text });
  if (ctx.moved() && sql.reads(text)) cell.run({ write: false });
  requestAnimationFrame(() => requestAnimationFrame(() => document.querySelector(`[data-cell="${cell.id}"] [data-run]`)?.focus()));
}

function setWrites(on) {
  notebook.writes = on;
  notebook.redraw();
}

function bar(ctx) {
  const limit = (name, most) => event => {
    const value = Math.floor(Number(event.target.value));
    notebook.limits[name] = value >= 1 && value <= most ? value : LIMITS[name];
    event.target.value = notebook.limits[name];
    keep();
  };
  const may = ctx.may('admin');
  return html`<div class="controls">
    <label>Rows <input type="number" class="short" min="1" max=${sql.MOST_ROWS} .value=${String(notebook.limits.rows)} @change=${limit('rows', sql.MOST_ROWS)}></label>
    <label>Seconds <input type="number" class="short" min="1" max=${sql.MOST_SECONDS} .value=${String(notebook.limits.seconds)} @change=${limit('seconds', sql.MOST_SECONDS)}></label>
    <label class="write-switch ${notebook.writes ? 'on' : ''}" title=${may ? 'Let statements change what they like' : `Needs the role admin; you are ${ctx.me.role}`}>
      <input type="checkbox" ?disabled=${!may} .checked=${notebook.writes} @change=${e => setWrites(e.target.checked)}> May write</label>
    <button type="button" class="primary" @click=${() => write(add({}))}>New cell</button></div>`;
}

function cellView(ctx, cell, i) {
  const title = cell.name ? html`<strong>${format.visible(cell.name)}</strong>${cell.changed ? badge('changed', 'warn') : nothing}` : html`<span class="faint">${i + 1}</span>`;
  return html`<section class="panel cell ${notebook.writes ? 'writes' : ''}" aria-label=${cell.name || `Cell ${i + 1}`} data-cell=${cell.id}>
    <div class="cell-bar">
      ${cell.running
        ? html`<button type="button" data-run class="danger" @click=${() => cell.cancel()}>Cancel</button>`
        : html`<button type="button" data-run class=${notebook.writes ? 'danger' : 'primary'} title="Ctrl-Enter" @click=${() => cell.run()}>Run</button>`}
      <button type="button" ?disabled=${cell.running} title="Show how the database would run it" @click=${() => cell.run({ explain: 'plan' })}>Explain</button>
      <button type="button" ?disabled=${cell.running} title="Run it and show where the time goes; it can only read" @click=${() => cell.run({ explain: 'measured' })}>Measure</button>
      <span class="cell-title ${cell.name ? '' : 'wide-only'}">${title}</span>
      <button type="button" class="plain" @click=${() => save(ctx, cell)}>${cell.name ? 'Save' : 'Save as…'}</button>
      ${cell.name ? html`<button type="button" class="plain wide-only" @click=${() => save(ctx, cell, true)}>Save as…</button>` : nothing}
      <button type="button" class="plain" aria-label="Move cell ${i + 1} up" title="Move up" ?disabled=${i === 0} @click=${() => move(cell, -1)}>↑</button>
      <button type="button" class="plain" aria-label="Move cell ${i + 1} down" title="Move down" ?disabled=${i === notebook.cells.length - 1} @click=${() => move(cell, 1)}>↓</button>
      <button type="button" class="plain" aria-label="Close cell ${i + 1}" title="Close" @click=${() => close(cell)}>×</button>
    </div>
    ${cell.editor.element}
    <div class="cell-out" aria-busy=${cell.running}>${cell.running ? html`<p class="status">Running for ${format.duration(Date.now() - cell.begun)}…</p>` : outcome(ctx, cell)}</div>
  </section>`;
}

function close(cell) {
  const back = remove(cell);
  if (cell.text.trim()) toast('Closed the cell.', { undo: back });
}

function outcome(ctx, cell) {
  const { outcome: done } = cell;
  if (!done) return nothing;
  const took = html`${format.duration(done.ms)} · ${ago(new Date(done.at).toISOString())}`;
  if (done.cancelled) return html`<p class="status"><span role="status">Cancelled</span> after ${took}</p>`;
  if (done.problem) return html`<div class="status">${refusal(done.problem, done.place)}${hint(ctx, done)}</div>`;
  if (done.plan) return html`<p class="status"><span role="status">Plan of ${done.explain === 'measured' ? 'a run' : 'the statement'}</span> · ${took}</p>${planView(done.plan)}`;
  const { data } = done;
  if (data.changed != null) return html`<p class="status good"><span role="status">${data.changed === 1 ? '1 row' : `${format.count(data.changed)} rows`} changed</span> · ${took}</p>`;
  return html`<div class="out-head"><p class="status"><span role="status">${data.rows.length === 1 ? '1 row' : `${format.count(data.rows.length)} rows`}</span>${data.truncated
      ? html` ${badge('there are more', 'warn')}` : nothing} · ${took}</p>${cell.result?.bar ?? nothing}</div>
    ${cell.result?.element ?? nothing}`;
}

/** The database's words, and where in the text they point. */
function refusal(problem, place) {
  const code = problem.code === 'INVALID_ARGUMENT' ? 'Refused' : problem.code;
  return trouble({ ...problem, code, message: place
    ? problem.message.replace(/ \(at character \d+\)/, ` (line ${place.line}, character ${place.character})`) : problem.message });
}

/** What to do about a statement that was not allowed to write. */
function hint(ctx, { problem, explain }) {
  if (!/read-only transaction/.test(problem.message)) return nothing;
  if (explain === 'measured') return html`<p>Measuring runs the statement, so it is for those that only read.</p>`;
  return html`<p>${ctx.may('admin') ? 'If that is meant, switch “May write” on and run it again.' : `Writing needs the role admin; you are ${ctx.me.role}.`}</p>`;
}

// What is saved for this account.

let saved = null;
let savedProblem = null;
// What one person has saved is not shown to the next.
api.onSession(() => {
  saved = null;
  savedProblem = null;
});

async function loadSaved(ctx) {
  try {
    saved = await api.get(SAVED);
    savedProblem = null;
  } catch (e) {
    savedProblem = e;
  }
  ctx.redraw();
}

function savedList(ctx) {
  const rows = saved ?? [];
  return html`<details class="panel saved" ?open=${false}><summary>Saved queries <span class="faint">${saved ? rows.length : ''}</span></summary>
    <div class="body">${savedProblem ? trouble(savedProblem) : saved === null ? loading() : table([
    { head: 'Name', cell: each => html`<button type="button" class="link" @click=${() => openSaved(ctx, each.name)}>${format.visible(each.name)}</button>` },
    { head: 'Statement', kind: 'wide', cell: each => html`<code>${format.clip((each.content?.text ?? '').replace(/\s+/g, ' '), 120)}</code>` },
    { head: 'Saved', cell: each => ago(each.changed_at) },
    { head: html`<span class="hidden">Actions</span>`, cell: each => html`<span class="controls tight">
      <button type="button" class="link" aria-label="Rename ${each.name}" @click=${() => rename(ctx, each)}>Rename</button>
      <button type="button" class="link" aria-label="Delete ${each.name}" @click=${() => forget(ctx, each)}>Delete</button></span>` },
  ], rows, { key: each => each.name, caption: 'Saved queries', empty: empty('Nothing is saved yet: “Save as…” on a cell keeps it for you, on every node.') })}</div></details>`;
}

async function openSaved(ctx, name) {
  const found = await attempt(() => api.get(savedPath(name)));
  if (!found) return;
  const shown = notebook.cells.find(each => each.name === name && !each.changed);
  if (shown) move(shown, -notebook.cells.indexOf(shown));
  const content = found.content ?? {};
  const cell = shown ?? add({ text: content.text ?? '', name, saved: content.text ?? '', view: content.view, chart: content.chart });
  ctx.redraw();
  write(cell);
}

const contentOf = cell => ({ text: cell.text, view: cell.settings.view, chart: cell.settings.chart });

async function askName(title, value, yes) {
  const form = await confirm({ title, yes, body: html`<label>Name <input name="name" required maxlength="200" pattern="[^\\/]+" title="Any words without a slash" autofocus .value=${value}></label>` });
  return form ? String(form.get('name')).trim() : null;
}

async function save(ctx, cell, anew = false) {
  const name = cell.name && !anew ? cell.name : await askName('Save the query', cell.name, 'Save');
  if (!name) return;
  const before = (saved ?? []).find(each => each.name === name);
  await attempt(async () => {
    await api.put(savedPath(name), { content: contentOf(cell) });
    cell.rename(name);
    cell.saved = cell.text;
    keep();
    toast(`Saved “${name}”.`, before && before.content?.text !== cell.text ? { undo: () => restore(ctx, before) } : {});
  });
  await loadSaved(ctx);
}

const restore = async (ctx, before) => {
  await attempt(() => api.put(savedPath(before.name), { content: before.content }), `“${before.name}” is as it was.`);
  await loadSaved(ctx);
};

async function rename(ctx, each, to) {
  const name = to ?? await askName(`Rename “${each.name}”`, each.name, 'Rename');
  if (!name || name === each.name) return;
  if (saved.some(other => other.name === name)) {
    toast(`There is a query “${name}” already.`, { kind: 'bad' });
    return;
  }
  await attempt(async () => {
    await api.put(savedPath(name), { content: each.content });
    await api.del(savedPath(each.name));
    notebook.cells.filter(cell => cell.name === each.name).forEach(cell => cell.rename(name));
    keep();
    toast(`“${each.name}” is now “${name}”.`, to ? {} : { undo: () => rename(ctx, { ...each, name }, each.name) });
  });
  await loadSaved(ctx);
}

async function forget(ctx, each) {
  await attempt(async () => {
    await api.del(savedPath(each.name));
    notebook.cells.filter(cell => cell.name === each.name).forEach(cell => { cell.rename(''); cell.saved = null; });
    keep();
    toast(`Deleted “${each.name}”.`, { undo: () => restore(ctx, each) });
  });
  await loadSaved(ctx);
}
