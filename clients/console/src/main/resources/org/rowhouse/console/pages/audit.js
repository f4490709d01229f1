// Who did what, from where, and what it was before and after.

import { html, nothing, panel, fromLive, badge, empty, query, time, attempt, repeat } from '../lib/ui.js';
import * as format from '../lib/format.js';
import * as api from '../lib/api.js';
import { differing, fieldsView } from '../lib/diff.js';
import { pageOf } from '../lib/changes.js';

const LIMIT = 50;
const FILTERS = { account: 'Who', action: 'Action', subject: 'To what' };
const OUTCOMES = { done: 'good', refused: 'warn', failed: 'bad' };

const filters = ctx => Object.fromEntries([...Object.keys(FILTERS), 'outcome'].map(name => [name, ctx.query.get(name)]));
const source = ctx => api.path('/audit', { ...filters(ctx), limit: LIMIT });

export const page = {
  title: 'Audit',
  watch: ctx => [source(ctx)],
  view: ctx => html`
    <div class="head"><h1>Audit</h1>${query('select at, account, role, address, action, subject_kind, subject, outcome, before, after, detail\nfrom rowhouse.audit\norder by number desc\nlimit 100', 'the audit')}</div>
    <form class="controls" aria-label="Filters" @submit=${e => { e.preventDefault(); apply(ctx, new FormData(e.target)); }}>
      ${Object.entries(FILTERS).map(([name, label]) => html`<label><span class="hidden">${label}</span><input type="search" name=${name} placeholder=${label} maxlength="200"
        ?data-search=${name === 'account'} .value=${ctx.query.get(name) ?? ''} @change=${e => apply(ctx, new FormData(e.target.form))}></label>`)}
      <label><span class="hidden">Outcome</span><select name="outcome" @change=${e => apply(ctx, new FormData(e.target.form))}>
        ${['', ...Object.keys(OUTCOMES)].map(each => html`<option value=${each} ?selected=${(ctx.query.get('outcome') ?? '') === each}>${each || 'any outcome'}</option>`)}</select></label>
      ${Object.values(filters(ctx)).some(Boolean) ? html`<button type="button" class="plain" @click=${() => apply(ctx, new FormData())}>All</button>` : nothing}
    </form>
    ${panel('What people did', fromLive(ctx, source(ctx), first => rows(ctx, first)))}`,
};

function apply(ctx, form) {
  ctx.state.older = null;
  ctx.setQuery(Object.fromEntries([...Object.keys(FILTERS), 'outcome'].map(name => [name, form.get(name) || null])));
}

function rows(ctx, first) {
  const key = source(ctx);
  const older = ctx.state.older?.key === key ? ctx.state.older : { rows: [], next: first.next };
  const seen = new Set(first.rows.map(row => row.number));
  const all = [...first.rows, ...older.rows.filter(row => !seen.has(row.number))];
  if (!all.length) return empty(Object.values(filters(ctx)).some(Boolean) ? 'Nothing fits.' : 'Nobody has done anything yet.');
  return html`<div class="table" tabindex="0" role="region" aria-label="Rows of the audit"><table>
      <caption class="hidden">What people did, the latest first</caption>
      <thead><tr>${['When', 'Who', 'What', 'To what', 'Outcome', 'Before and after'].map(each => html`<th scope="col">${each}</th>`)}</tr></thead>
      <tbody>${repeat(all, row => row.number, row => line(ctx, row))}</tbody></table></div>
    ${older.next ? html`<div class="empty"><button type="button" @click=${() => more(ctx, key, older)}>Older ones</button></div>` : nothing}`;
}

async function more(ctx, key, older) {
  const page = await attempt(() => api.get(api.path('/audit', { ...filters(ctx), before: older.next, limit: LIMIT })));
  if (page) ctx.state.older = { key, rows: [...older.rows, ...page.rows], next: page.next };
  ctx.redraw();
}

const words = action => action.replaceAll('_', ' ');

const line = (ctx, row) => html`<tr class=${row.outcome === 'done' ? '' : 'row-dim'}>
  <td>${time(row.at)}</td>
  <td><button type="button" class="link" title="Only what this one did" @click=${() => ctx.setQuery({ account: row.account })}>${format.clip(row.account, 60)}</button>
    <span class="faint">${row.role === 'none' ? '' : row.role}${row.via === 'token' ? ', by token' : ''}<br>${format.clip(row.address, 60)}</span></td>
  <td><button type="button" class="link" title="Only this action" @click=${() => ctx.setQuery({ action: row.action })}>${words(row.action)}</button></td>
  <td><span class="faint">${row.subject_kind}</span> ${subject(row)}</td>
  <td>${badge(row.outcome, OUTCOMES[row.outcome])}</td>
  <td class="wide">${difference(row)}${row.detail ? html`<div class="faint">${format.clip(row.detail, 400)}</div>` : nothing}</td></tr>`;

function subject(row) {
  const href = row.subject && pageOf(row.subject_kind, row.subject);
  const name = row.subject_kind === 'task' && row.subject.length === 36 ? format.shortId(row.subject) : format.clip(row.subject, 80);
  return href ? html`<a class=${row.subject_kind === 'task' ? 'mono' : ''} href=${href} title=${format.clip(row.subject, 200)}>${name}</a>` : name;
}

const plain = value => value && typeof value === 'object' && !Array.isArray(value);

/** Only what differs is shown; a row that was made or went is shown whole, folded. */
function difference(row) {
  const both = plain(row.before) && plain(row.after);
  const fields = differing(plain(row.before) ? row.before : {}, plain(row.after) ? row.after : {});
  delete fields.changed_at;
  if (both || Object.keys(fields).length <= 4) return fieldsView(fields);
  return html`<details><summary class="faint">${row.before == null ? 'made' : row.after == null ? 'gone' : 'several'}, ${Object.keys(fields).length} fields</summary>${fieldsView(fields, 40)}</details>`;
}
