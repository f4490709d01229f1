// The cells of the notebook and what is going on in them. They outlive the page, so that a statement goes on while the reader
// looks elsewhere; their text is kept for this account and origin, so that a reload loses nothing.

import * as api from './api.js';
import * as sql from './sql.js';
import { Editor } from './editor.js';
import { Result } from './result.js';

const CELLS_MOST = 100;

/** Results are kept for a reload as long as they are small. */
const RESULT_MOST = 300_000;

const EXPLAIN = /^\s*explain\s+(?:\([^)]*\)\s*)?(?:(?:analyze|verbose)\s+)*/i;

export const LIMITS = { rows: 1000, seconds: 10 };

export const notebook = {
  owner: null,
  /** @type {Cell[]} */
  cells: [],
  limits: { ...LIMITS },
  /** Whether statements may write: never kept. */
  writes: false,
  /** What could not be kept, in words. */
  lost: null,
  catalog: [],
  redraw: () => {},
};

const forgotten = new Set();
const key = () => `rowhouse.notebook.${notebook.owner}`;
const resultKey = id => `rowhouse.result.${id}`;

/** One statement with what it gave. */
export class Cell {
  constructor({ id = crypto.randomUUID(), text = '', name = '', saved = null, view = 'table', chart = {}, at = 0 } = {}) {
    this.id = id;
    this.at = at; // when the reader changed it last
    this.name = name;
    this.saved = saved;
    const changed = () => { this.at = Date.now(); keep(); };
    this.settings = { view, chart, name, keep: changed };
    this.outcome = null;
    this.editor = new Editor({
      text,
      label: name ? `Statement ${name}` : 'Statement',
      catalog: () => notebook.catalog,
      change: () => { changed(); notebook.redraw(); },
      run: () => this.run(),
      runOn: () => { this.run(); write(after(this)); },
    });
  }

  get text() { return this.editor.text; }

  get running() { return this.abort != null; }

  /** Whether it differs from what was saved under its name. */
  get changed() { return this.saved !== null && this.saved !== this.text; }

  rename(name) {
    this.name = this.settings.name = name;
    this.at = Date.now();
  }

  stored() {
    return { id: this.id, text: this.text, name: this.name, saved: this.saved, view: this.settings.view, chart: this.settings.chart, at: this.at };
  }

  /** Runs what is selected, else all of it. */
  async run({ explain = null, write = notebook.writes && explain === null } = {}) {
    if (this.running) return;
    const chosen = this.editor.selection;
    const whole = chosen.text.trim() ? chosen : { text: this.text, from: 0 };
    if (!whole.text.trim()) return;
    // What is to be explained may begin with that word already.
    const skipped = explain ? EXPLAIN.exec(whole.text)?.[0].length ?? 0 : 0;
    const statement = whole.text.slice(skipped);
    const offset = whole.from + skipped;
    const before = { plan: 'explain (format json) ', measured: 'explain (analyze, buffers, format json) ' }[explain] ?? '';
    this.abort = new AbortController();
    this.begun = Date.now();
    this.editor.unmark();
    notebook.redraw();
    const clock = performance.now();
    try {
      const data = await sql.run(before + statement, {
        limit: notebook.limits.rows, timeout: notebook.limits.seconds, write, signal: this.abort.signal });
      this.settle({ at: Date.now(), ms: performance.now() - clock, statement, explain, write,
        ...(before ? { plan: data.rows[0][0][0] } : { data }) });
    } catch (e) {
      const problem = e.name === 'AbortError' ? null : { code: e.code, status: e.status, message: e.message };
      const at = problem && sql.position(problem, statement, before);
      this.settle({ at: Date.now(), ms: performance.now() - clock, statement, explain, problem, cancelled: problem === null,
        place: at === null ? null : place(this.text, offset + at) });
      if (at !== null) this.editor.mark(offset + at);
    } finally {
      this.abort = null;
      notebook.redraw();
    }
  }

  cancel() { this.abort?.abort(); }

  settle(outcome) {
    this.result?.leave();
    this.outcome = outcome;
    this.result = outcome.data?.columns.length ? new Result(outcome.data, this.settings) : null;
    keepResult(this);
  }
}

function place(text, offset) {
  const lines = text.slice(0, offset).split('\n');
  return { line: lines.length, character: lines.at(-1).length + 1 };
}

function keepResult(cell) {
  try {
    const text = cell.outcome ? JSON.stringify(cell.outcome) : '';
    if (!text || text.length > RESULT_MOST) sessionStorage.removeItem(resultKey(cell.id));
    else sessionStorage.setItem(resultKey(cell.id), text);
  } catch {
    sessionStorage.removeItem(resultKey(cell.id)); // it is only for comfort
  }
}

function keptResult(cell) {
  try {
    const text = sessionStorage.getItem(resultKey(cell.id));
    if (text) cell.settle(JSON.parse(text));
  } catch {
    sessionStorage.removeItem(resultKey(cell.id));
  }
}

function stored() {
  try {
    const kept = JSON.parse(localStorage.getItem(key()) ?? '{}');
    return { cells: Array.isArray(kept.cells) ? kept.cells : [], limits: kept.limits ?? {} };
  } catch {
    return { cells: [], limits: {} };
  }
}

/** Keeps the cells. Those that another tab has added stay, and so does what it has changed later than this one. */
export function keep() {
  const mine = new Set(notebook.cells.map(each => each.id));
  const kept = stored().cells;
  const others = kept.filter(each => !mine.has(each.id) && !forgotten.has(each.id));
  const newer = new Map(kept.map(each => [each.id, each]));
  const cells = [...notebook.cells.map(each => newer.get(each.id)?.at > each.at ? newer.get(each.id) : each.stored()), ...others].slice(0, CELLS_MOST);
  try {
    localStorage.setItem(key(), JSON.stringify({ cells, limits: notebook.limits }));
    notebook.lost = notebook.cells.length > CELLS_MOST ? `Only the first ${CELLS_MOST} cells are kept: close some.` : null;
  } catch {
    notebook.lost = 'The browser keeps no more text for this page: what you write now is lost on a reload. Close some cells.';
  }
}

/** Opens the notebook of an account. */
export function open(owner) {
  if (notebook.owner === owner) return;
  notebook.cells.forEach(each => { each.cancel(); each.result?.leave(); });
  notebook.owner = owner;
  notebook.writes = false;
  const kept = stored();
  notebook.limits = { ...LIMITS, ...kept.limits };
  notebook.cells = kept.cells.filter(each => typeof each.text === 'string').map(each => new Cell(each));
  notebook.cells.forEach(keptResult);
}

// Another person may sign in in this tab: nothing of what the one before saw stays.
api.onSession(() => {
  if (api.signedIn()) return;
  notebook.cells.forEach(each => { each.cancel(); each.result?.leave(); });
  notebook.cells = [];
  notebook.owner = null;
  Object.keys(sessionStorage).filter(each => each.startsWith('rowhouse.result.')).forEach(each => sessionStorage.removeItem(each));
});

/** Leads the reader's keyboard to a cell, once it is drawn. */
export const write = cell => requestAnimationFrame(() => requestAnimationFrame(() => cell.editor.focus()));

/** A new cell, above all others or after one. What was never written in makes room. */
export function add(about, { below = null } = {}) {
  const cell = new Cell(about);
  if (about.text) notebook.cells = notebook.cells.filter(each => each.text.trim() || each.name || each === below);
  notebook.cells.splice(below ? notebook.cells.indexOf(below) + 1 : 0, 0, cell);
  keep();
  notebook.redraw();
  return cell;
}

/** The cell after this one; a new one if it is the last. */
function after(cell) {
  return notebook.cells[notebook.cells.indexOf(cell) + 1] ?? add({}, { below: cell });
}

/** Takes a cell away; gives how to bring it back. */
export function remove(cell) {
  const at = notebook.cells.indexOf(cell);
  cell.cancel();
  notebook.cells.splice(at, 1);
  forgotten.add(cell.id);
  keep();
  notebook.redraw();
  return () => {
    forgotten.delete(cell.id);
    notebook.cells.splice(at, 0, cell);
    keep();
    notebook.redraw();
  };
}

export function move(cell, by) {
  const at = notebook.cells.indexOf(cell);
  const to = at + by;
  if (to < 0 || to >= notebook.cells.length) return;
  notebook.cells.splice(at, 1);
  notebook.cells.splice(to, 0, cell);
  keep();
  notebook.redraw();
}

/** Takes the tables and columns for completion afresh. */
export async function learn() {
  try {
    notebook.catalog = await api.get('/tables');
  } catch {
    // Completion goes without, or with what it knew.
  }
}
