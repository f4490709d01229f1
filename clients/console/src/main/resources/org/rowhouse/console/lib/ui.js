// The parts that pages are made of. All text goes through lit-html, which escapes it.

import { html, svg, nothing, render } from '../vendor/lit-html/lit-html.js';
import { repeat } from '../vendor/lit-html/directives/repeat.js';
import { ifDefined } from '../vendor/lit-html/directives/if-defined.js';
import * as format from './format.js';
import { to } from './router.js';

export { html, svg, nothing, render, repeat, ifDefined };

/** A task's state: colour and word, so that neither is needed to tell it. */
export const state = name => html`<span class="state state-${name}">${name}</span>`;

export const badge = (text, kind = '') => html`<span class="badge ${kind}">${text}</span>`;

/** A moment, as it is told and in full when pointed at. */
export const time = at => at == null ? html`<span class="faint">–</span>`
  : html`<time datetime=${at} title=${at}>${format.time(at)}</time>`;

/** How long ago or how soon; it grows old until the page is drawn again. */
export const ago = at => at == null ? html`<span class="faint">–</span>`
  : html`<time datetime=${at} title=${at}>${format.ago(at)}</time>`;

export const taskLink = id => id == null ? html`<span class="faint">–</span>`
  : html`<a class="mono" href="#/tasks/${id}" title=${id}>${format.shortId(id)}</a>`;

/** Shows a figure's query in the notebook. */
export const query = (sql, label = 'query') => html`<a class="query" href=${to('#/sql', { text: sql })}
  title="Show the query behind this" aria-label="SQL, the query behind ${label}">SQL</a>`;

/** A part of a page with a head. */
export const panel = (title, body, { aside = nothing, id } = {}) => html`
  <section class="panel" aria-label=${title} id=${ifDefined(id)}>
    <header><h2>${title}</h2><div class="aside">${aside}</div></header>
    <div class="body">${body}</div>
  </section>`;

/** One number with its name; a link if it leads somewhere. */
export const figure = (name, value, { href, sql, note = nothing, kind = '' } = {}) => html`
  <div class="figure ${kind}">
    <div class="name">${name}${sql ? query(sql, name) : nothing}</div>
    <div class="value">${href ? html`<a href=${href}>${value}</a>` : value}</div>
    <div class="note">${note}</div>
  </div>`;

/** A name with its value, for a list of facts. */
export const factRow = (name, value) => html`<dt>${name}</dt><dd>${value ?? html`<span class="faint">–</span>`}</dd>`;

/** What stands where there is nothing. */
export const empty = (sentence, more = nothing) => html`<div class="empty"><p>${sentence}</p>${more}</div>`;

export const loading = (what = 'Loading') => html`<div class="loading" role="status">${what}…</div>`;

/** What went wrong, in the node's words. */
export const trouble = problem => html`<div class="trouble" role="alert">
  <strong>${problem.code || problem.status || 'Trouble'}</strong> ${format.visible(problem.detail ?? problem.message ?? '')}</div>`;

/** The newest answer of a watched path, or what stands in for it; old answers stay while there is trouble. */
export function fromLive(ctx, path, view) {
  const problem = ctx.problem(path);
  const data = ctx.data(path);
  if (data === undefined) return problem ? trouble(problem) : loading();
  return html`${problem ? trouble(problem) : nothing}${view(data)}`;
}

/**
 * A table.
 *
 * @param {{head: any, cell: (row: any) => any, kind?: 'number'|'wide'|''}[]} columns
 * @param {any[]} rows
 * @param {{key?: (row: any) => any, caption: string, empty?: any, rowClass?: (row: any) => string}} options
 */
export function table(columns, rows, { key = (_, i) => i, caption, empty: none, rowClass = () => '' }) {
  if (!rows.length && none) return none;
  return html`<div class="table" tabindex="0" role="region" aria-label=${said(caption)}><table>
    <caption class="hidden">${said(caption)}</caption>
    <thead><tr>${columns.map(c => html`<th scope="col" class=${c.kind ?? ''}>${c.head}</th>`)}</tr></thead>
    <tbody>${repeat(rows, key, row => html`<tr class=${rowClass(row)}>${columns.map(c =>
      html`<td class=${c.kind ?? ''}>${c.cell(row)}</td>`)}</tr>`)}</tbody>
  </table></div>`;
}

/** A small line of numbers; the words say what the eye sees. */
export function sparkline(values, { label, width = 160, height = 32 } = {}) {
  const known = values.filter(v => v != null);
  if (known.length < 2) return html`<span class="faint">–</span>`;
  const most = Math.max(...known, 1e-9);
  const step = width / (values.length - 1);
  const at = (v, i) => `${(i * step).toFixed(1)},${(height - 1 - (v / most) * (height - 3)).toFixed(1)}`;
  const line = values.map((v, i) => v == null ? null : at(v, i)).filter(Boolean).join(' ');
  return html`<svg class="sparkline" viewBox="0 0 ${width} ${height}" width=${width} height=${height}
      preserveAspectRatio="none" role="img" aria-label="${label}: now ${format.count(known.at(-1))}, at most ${format.count(most)}">
    <polyline class="area" points="0,${height} ${line} ${width},${height}"></polyline>
    <polyline class="line" points=${line}></polyline></svg>`;
}

/** A share of a whole as a bar. */
export function bar(part, whole, label) {
  const share = whole > 0 ? Math.min(1, part / whole) : 0;
  return html`<svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label=${label}>
    <rect class="whole" width="100" height="6"></rect>
    <rect class="part" width=${(100 * share).toFixed(1)} height="6"></rect></svg>`;
}

const NAME_MOST = 200;

/** A value of JSON as a tree that opens; large ones open part by part. */
export function tree(value, { name, open = 1, most = 200 } = {}) {
  const label = name === undefined ? nothing : html`<span class="key">${format.clip(name, NAME_MOST)}</span>: `;
  if (value === null || typeof value !== 'object' || JSON.isRawJSON?.(value)) return html`<div class="leaf">${label}${leaf(value)}</div>`;
  const count = Array.isArray(value) ? value.length : Object.keys(value).length;
  const about = Array.isArray(value) ? `[${count}]` : `{${count}}`;
  if (!count) return html`<div class="leaf">${label}<span class="faint">${Array.isArray(value) ? '[]' : '{}'}</span></div>`;
  // What is closed is not drawn: a million entries cost nothing until somebody opens them.
  return html`<details class="tree" ?open=${open > 0} @toggle=${e => drawInside(e.target, value, count, open, most)}>
    <summary>${label}<span class="faint">${about}</span></summary><div class="inside"></div></details>`;
}

function drawInside(details, value, count, open, most) {
  const inside = details.querySelector(':scope > .inside');
  if (!details.open || inside.dataset.drawn) return;
  inside.dataset.drawn = 'yes';
  const names = Array.isArray(value) ? [...value.slice(0, most).keys()] : Object.keys(value).slice(0, most);
  render(html`${names.map(name => tree(value[name], { name, open: open - 1, most }))}
    ${count > most ? html`<p class="faint">… and ${format.count(count - most)} more</p>` : nothing}`, inside);
}

const LONG = 2000;

function leaf(value) {
  // A number that JavaScript would round comes as the node wrote it.
  if (typeof value !== 'string') return html`<span class="literal">${JSON.isRawJSON?.(value) ? value.rawJSON : String(value)}</span>`;
  if (value.length <= LONG) return html`<span class="string">${format.visible(value)}</span>`;
  return html`<span class="string">${format.visible(value.slice(0, LONG))}</span>
    <button class="link" type="button" @click=${() => saveAs('value.txt', 'text/plain', value)}>
    … ${format.count(value.length)} characters: save all</button>`;
}

/** Hands a file to the reader. */
export function saveAs(name, type, ...parts) {
  const url = URL.createObjectURL(new Blob(parts, { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** A button of an action. One that the reader's role does not allow says so instead of vanishing. */
export const action = (ctx, role, label, run, { kind = '', disabled = false } = {}) => {
  const may = ctx.may(role);
  return html`<button type="button" class=${kind} ?disabled=${disabled || !may}
    title=${may ? label : `Needs the role ${role}; you are ${ctx.me.role}`} @click=${run}>${label}</button>`;
};

/**
 * Asks before something is done.
 *
 * @param {{title: string, body: any, yes: string, danger?: boolean}} about  `body` may hold inputs with names
 * @returns {Promise<FormData|null>} null if the reader says no
 */
export function confirm({ title, body, yes, danger = false }) {
  return new Promise(resolve => {
    const dialog = document.createElement('dialog');
    dialog.setAttribute('aria-labelledby', 'confirm-title');
    const close = answer => { resolve(answer); dialog.close(); };
    render(html`<form method="dialog" @submit=${e => { e.preventDefault(); close(new FormData(e.target)); }}>
      <h2 id="confirm-title">${said(title)}</h2>
      <div class="body">${body}</div>
      <footer><button type="button" @click=${() => close(null)}>Leave it</button>
      <button type="submit" class=${danger ? 'danger' : 'primary'}>${yes}</button></footer></form>`, dialog);
    dialog.addEventListener('close', () => { resolve(null); dialog.remove(); });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** A text with what it would obey made visible; what is a template already is one. */
const said = what => typeof what === 'string' ? format.visible(what) : what;

const toasts = [];
let toastBox;

/** Says what has been done, for some seconds, with a way back if there is one. */
export function toast(sentence, { undo, kind = 'good', ms = undo ? 12_000 : 6_000 } = {}) {
  const one = { sentence, undo, kind };
  toasts.push(one);
  drawToasts();
  setTimeout(() => { drop(one); }, ms);
}

const drop = one => {
  const at = toasts.indexOf(one);
  if (at >= 0) toasts.splice(at, 1);
  drawToasts();
};

function drawToasts() {
  if (!toastBox) {
    toastBox = document.createElement('div');
    toastBox.className = 'toasts';
    toastBox.setAttribute('role', 'status');
    toastBox.setAttribute('aria-live', 'polite');
    document.body.append(toastBox);
  }
  render(html`${toasts.map(one => html`<div class="toast ${one.kind}">${said(one.sentence)}
    ${one.undo ? html`<button type="button" @click=${() => { drop(one); one.undo(); }}>Undo</button>` : nothing}
    <button type="button" class="link" aria-label="Dismiss" @click=${() => drop(one)}>×</button></div>`)}`, toastBox);
}

let readers = 0;

/** Another session begins or ends: what the one before left on the screen acts no more. */
export function clearScreen() {
  readers++;
  document.querySelectorAll('dialog[open]').forEach(each => each.close());
  toasts.length = 0;
  if (toastBox) drawToasts();
}

/** Runs an action and says how it went; gives what it answered, or undefined, also if the session has changed meanwhile. */
export async function attempt(run, done, options) {
  const reader = readers;
  try {
    const answer = await run();
    if (reader !== readers) return undefined;
    if (done) toast(typeof done === 'function' ? done(answer) : done, options);
    return answer;
  } catch (e) {
    toast(e.message, { kind: 'bad', ms: 12_000 });
    return undefined;
  }
}
