// From what the node tells about a task to rows on a time axis.

import { at } from './waterfall.js';
import * as format from './format.js';

const ENDED = new Set(['succeeded', 'failed', 'cancelled', 'parked']);
export const ended = state => ENDED.has(state);

/** Children of one step that are shown without being asked for. */
const FEW = 12;

/**
 * @param {any} line  what GET /tasks/ID/timeline answers
 * @param {{open: Map<string, boolean>, lines: (id: string) => any}} more  what was opened and closed by hand, and the lines of children
 * @returns {{rows: import('./waterfall.js').Row[], extent: [number, number], origin: number}}
 */
export function rowsOf(line, more) {
  const now = at(line.now) ?? at(line.ended_at);
  const rows = [];
  const begin = at(line.created_at);
  rows.push(taskRow(line, now, 0, 'task'));
  addSteps(rows, line, now, 0, more, true);
  let from = Infinity;
  let to = begin;
  for (const row of rows) {
    for (const each of row.segments) {
      from = Math.min(from, each.from);
      to = Math.max(to, each.to);
    }
  }
  from = Math.min(from, begin);
  if (!ended(line.state)) to = Math.max(to, now);
  const span = Math.max(to - from, 1);
  return { rows, extent: [from - span * 0.005, to + span * 0.01], origin: begin };
}

function taskRow(line, now, depth, key) {
  const stop = ended(line.state) ? at(line.ended_at) ?? now : now;
  return {
    key, depth, label: line.function, hint: `${line.component} ${line.version ?? ''}`, state: line.state, task: line.id,
    segments: periods(line, stop).filter(each => each.to >= each.from),
    took: stop - at(line.created_at),
  };
}

/** In which state the task was when, by its events. */
function periods(line, stop) {
  const events = line.events;
  const found = [];
  for (let i = 0; i < events.length; i++) {
    const { state } = events[i];
    if (ended(state)) continue;
    const until = i + 1 < events.length ? at(events[i + 1].at) : stop;
    const last = found.at(-1);
    if (last && last.kind === state && Math.abs(last.to - at(events[i].at)) < 1) last.to = until;
    else found.push({ from: at(events[i].at), to: until, kind: state });
  }
  // How it ended shows in the colour of its last stretch.
  const last = found.at(-1);
  if (last && ended(line.state) && last.kind === 'running') last.kind = line.state;
  return found;
}

function addSteps(rows, line, now, depth, more, top) {
  const children = byStep(line.children);
  const counts = byStep(line.counts);
  const sight = line.steps.map(step => step.number);
  for (const step of line.steps) {
    rows.push(...stepRows(line, step, now, depth + 1, children.get(step.number) ?? [], counts.get(step.number) ?? [], more, top));
  }
  // A step whose children run, but that is not recorded yet.
  for (const [number, some] of children) {
    if (!sight.includes(number)) rows.push(...childRows(line, some, now, depth + 1, more, top));
  }
  if (line.state === 'running' && line.steps.length && !line.steps_follow) rows.push(workRow(line, now, depth + 1));
}

function byStep(list) {
  const found = new Map();
  for (const each of list ?? []) {
    if (!found.has(each.parent_step)) found.set(each.parent_step, []);
    found.get(each.parent_step).push(each);
  }
  return found;
}

function stepRows(line, step, now, depth, children, counts, more, top) {
  const key = `${line.id}/${step.number}`;
  const stop = at(step.ended_at);
  const start = stop - step.duration_us / 1000;
  const wake = at(step.wake_at);
  const end = ended(line.state) ? at(line.ended_at) ?? now : now;
  const segments = [{ from: start, to: stop, kind: step.error ? 'failed' : step.done ? 'succeeded' : 'tries' }];
  let state = step.error ? (step.done ? 'failed' : 'tries again') : step.done ? 'done' : 'waits';
  let took = step.duration_us / 1000;
  if (step.kind === 'sleep' && wake != null) {
    segments.push({ from: stop, to: Math.min(wake, end), kind: 'waiting' });
    took = Math.min(wake, end) - stop;
    if (wake > end) state = ended(line.state) ? 'ended before its time' : 'sleeps';
  } else if (!step.done && wake != null) {
    segments[0].kind = 'tries';
    segments.push({ from: stop, to: Math.min(wake, end), kind: 'waiting' });
  }
  const row = {
    key, depth, label: `${step.number} ${format.clip(step.name, 60)}`, hint: step.kind === 'plain' ? '' : step.kind, state, segments, took,
    note: step.attempts > 1 ? `${step.attempts} tries` : '', step, task: line.id,
  };
  if (step.kind !== 'children') return [row];
  const asked = step.children?.count ?? children.length;
  const left = counts.filter(each => !ended(each.state)).reduce((sum, each) => sum + each.tasks, 0);
  const wrong = counts.filter(each => ended(each.state) && each.state !== 'succeeded').reduce((sum, each) => sum + each.tasks, 0);
  // Of many children only some were looked at: that none of these is left does not say that it is done.
  const cut = line.counts_cut?.includes(step.number);
  const until = left || cut ? now : Math.max(stop, ...counts.map(each => at(each.until) ?? 0));
  row.segments = [{ from: start, to: Math.max(until, stop), kind: left ? 'running' : wrong ? 'failed' : cut ? 'waiting' : 'succeeded' }];
  row.took = until - start;
  row.state = left ? `${cut ? 'at least ' : ''}${format.count(left)} of ${format.count(asked)} left` : cut ? 'not all were looked at' : 'done';
  row.note = `${format.count(asked)} × ${format.visible(step.children?.function ?? '')}${wrong ? ` · ${format.count(wrong)} failed` : ''}`;
  row.expandable = children.length > 0;
  row.expanded = more.open.get(key) ?? (top && children.length <= FEW);
  return row.expanded ? [row, ...childRows(line, children, now, depth + 1, more, top)] : [row];
}

function childRows(line, children, now, depth, more, top) {
  const rows = [];
  const sorted = [...children].sort((a, b) => a.parent_position - b.parent_position);
  for (const child of sorted) {
    const made = at(child.created_at);
    const claimed = at(child.claimed_at);
    const stop = ended(child.state) ? at(child.ended_at) ?? now : now;
    const segments = [{ from: made, to: claimed ?? stop, kind: 'ready' }];
    if (claimed != null) segments.push({ from: claimed, to: Math.max(stop, claimed), kind: child.state === 'ready' ? 'waiting' : child.state });
    const key = child.id;
    const below = more.lines(child.id);
    rows.push({
      key, depth, label: `${child.function} #${child.parent_position}`, hint: '', state: child.state, segments,
      took: stop - (claimed ?? made), note: '', child, task: child.id,
      // One level: what the children's children did is on their own pages.
      expandable: top, expanded: top && (more.open.get(key) ?? false),
    });
    if (top && more.open.get(key)) {
      if (!below) rows.push({ key: `${key}/…`, depth: depth + 1, label: 'loading…', state: '', segments: [] });
      else if (!below.steps.length) rows.push({ key: `${key}/none`, depth: depth + 1, label: 'no steps', state: '', segments: [] });
      else addSteps(rows, below, now, depth, { open: more.open, lines: () => undefined }, false);
    }
  }
  return rows;
}

function workRow(line, now, depth) {
  const last = line.steps.at(-1);
  const from = Math.max(at(last.ended_at), at(line.claimed_at) ?? 0);
  return {
    key: `${line.id}/now`, depth, label: `${last.number + 1} …`, hint: 'not recorded yet', state: 'running',
    segments: [{ from, to: now, kind: 'running' }], took: now - from, task: line.id,
  };
}

/** The attempts of a task: who ran it from when to when, and how that ended. */
export function attemptsOf(line) {
  const found = [];
  for (const event of line.events) {
    const last = found.at(-1);
    if (event.cause === 'claim' || (event.state === 'running' && (!last || last.to || last.attempt !== event.attempt))) {
      if (last && !last.to) Object.assign(last, { to: event.at, how: 'given up' });
      found.push({ attempt: event.attempt, node: event.node, from: event.at, to: null, how: '' });
    } else if (last && !last.to && event.state !== 'running') {
      Object.assign(last, { to: event.at, how: event.cause, state: event.state, error: event.error });
    }
  }
  return found;
}
