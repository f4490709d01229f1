// One table or view, as its catalog describes it.

import { html, nothing, panel, figure, table, badge, ago, empty, trouble, loading, fromLive, attempt } from '../lib/ui.js';
import * as api from '../lib/api.js';
import * as format from '../lib/format.js';
import * as sql from '../lib/sql.js';
import { to } from '../lib/router.js';
import { neighbours, legend, same, tableHash, KINDS } from '../lib/diagram.js';
import { Result } from '../lib/result.js';
import { about } from './tables.js';

/** An exact count reads the whole table: it may take so long and no longer. */
const COUNT_SECONDS = 10;
const SAMPLE_ROWS = 20;

const path = ctx => `/tables/${encodeURIComponent(ctx.params.schema)}/${encodeURIComponent(ctx.params.name)}`;

export const page = {
  title: 'Table',

  watch: ctx => [path(ctx)],

  enter: async ctx => {
    try {
      ctx.state.relations = await api.get('/relations');
    } catch (e) {
      ctx.state.problem = e;
    }
    ctx.redraw();
  },

  leave: ctx => {
    ctx.state.abort?.abort();
    ctx.state.sample?.leave();
  },

  view: ctx => html`<div class="doc"><nav class="crumbs" aria-label="Where this is"><a href="#/tables">Tables</a> / <a href=${to('#/tables', { schema: ctx.params.schema })}>${format.visible(ctx.params.schema)}</a> /</nav>
    <div class="head"><h1>${format.visible(ctx.params.name)}</h1>
      <a class="button" href=${to('#/sql', { text: `select *\nfrom ${sql.qualified(ctx.params.schema, ctx.params.name)}\nlimit 100` })}>Query it</a></div>
    ${fromLive(ctx, path(ctx), one => whole(ctx, one))}</div>`,
};

function whole(ctx, one) {
  const mine = (ctx.state.relations ?? []).filter(each => same(each, one.schema, one.name, 'from') || same(each, one.schema, one.name, 'to'));
  return html`<p class="lead">${about(one.comment)}</p>
    <div class="figures">
      ${figure('Kind', one.kind, { note: one.owner ? `Owner: ${one.owner}` : '' })}
      ${one.kind === 'view' ? nothing : figure('Rows', ctx.state.count?.rows !== undefined ? format.count(Number(ctx.state.count.rows)) : `≈ ${format.count(one.rows_estimated)}`, { note: counting(ctx) })}
      ${one.bytes ? figure('Size', format.bytes(one.bytes.total), { note: `rows ${format.bytes(one.bytes.rows)}, indexes ${format.bytes(one.bytes.indexes)}` }) : nothing}
      ${one.use ? figure('Written', format.count(one.use.inserted + one.use.updated + one.use.deleted), {
    note: `${format.count(one.use.inserted)} added, ${format.count(one.use.updated)} changed, ${format.count(one.use.deleted)} deleted` }) : nothing}
      ${one.use ? figure('Read', format.count((one.use.index_scans ?? 0) + one.use.scans), { note: `${format.count(one.use.index_scans ?? 0)} by an index, ${format.count(one.use.scans)} whole` }) : nothing}
    </div>
    ${panel('Relations', relations(ctx, one, mine))}
    ${panel('Columns', columns(one, mine), { aside: html`<span class="faint">${one.columns.length}</span>` })}
    ${panel('Rows', sample(ctx, one), { aside: html`<button type="button" ?disabled=${ctx.state.sampling} @click=${() => takeSample(ctx, one)}>${ctx.state.sample ? 'Another sample' : 'Show a sample'}</button>` })}
    <div class="columns">
      <div class="stack">${panel('Constraints', constraints(one))}${panel('Who writes it', writers(one))}</div>
      ${panel('Indexes', indexes(one))}
    </div>
    ${one.definition ? panel('Definition', html`<pre class="code">${format.visible(one.definition)}</pre>`) : nothing}`;
}

function relations(ctx, one, mine) {
  if (ctx.state.problem) return trouble(ctx.state.problem);
  if (!ctx.state.relations) return loading();
  if (!mine.length) return empty('Nothing is known to refer to it, and it refers to nothing.');
  return html`${neighbours(one, mine)}${legend(new Set(mine.map(each => each.kind)))}
    <details><summary>The same as a list</summary>${table([
    { head: 'From', cell: each => html`<a href=${tableHash(each.from_schema, each.from_table)}>${format.visible(each.from_table)}</a> <span class="faint">${format.visible(each.from_columns.join(', '))}</span>` },
    { head: 'To', cell: each => html`<a href=${tableHash(each.to_schema, each.to_table)}>${format.visible(each.to_table)}</a> <span class="faint">${format.visible(each.to_columns.join(', '))}</span>` },
    { head: 'How', kind: 'wide', cell: each => KINDS[each.kind] },
  ], mine, { caption: `Relations of ${one.name}` })}</details>`;
}

function columns(one, mine) {
  const primary = one.constraints.find(each => each.kind === 'primary key')?.columns ?? [];
  const targets = name => mine.filter(each => same(each, one.schema, one.name, 'from') && each.from_columns.at(-1) === name);
  return table([
    { head: 'Column', cell: each => html`<span class="mono">${format.visible(each.name)}</span> ${primary.includes(each.name) ? badge('key') : nothing}` },
    { head: 'Type', kind: 'type', cell: each => html`<span class="mono">${each.type}</span>${each.not_null || one.kind === 'view' ? nothing : html` <span class="faint">or null</span>`}` },
    { head: 'Preset', cell: each => each.preset ? html`<code>${format.clip(each.preset, 40)}</code>` : nothing },
    { head: 'Meaning', kind: 'wide', cell: each => html`${each.comment ? format.visible(each.comment) : html`<span class="faint">no comment</span>`}
      ${targets(each.name).map(target => html` <a href=${tableHash(target.to_schema, target.to_table)} title=${KINDS[target.kind]}>→ ${format.visible(`${target.to_table}.${target.to_columns.at(-1)}`)}</a>`)}` },
  ], one.columns, { key: each => each.name, caption: `Columns of ${one.name}` });
}

const constraints = one => table([
  { head: 'Kind', cell: each => each.kind },
  { head: 'What holds', kind: 'wide', cell: each => html`<code title=${each.name}>${format.visible(each.definition)}</code>` },
], one.constraints, { key: each => each.name, caption: `Constraints of ${one.name}`, empty: empty('No constraint holds here.') });

const indexes = one => table([
  { head: 'Index', kind: 'wide', cell: each => html`<span class="mono">${format.visible(each.name)}</span> ${each.kind ? badge(each.kind) : nothing} ${each.valid ? nothing : badge('not valid', 'bad')}
    <div class="faint">${each.comment ? format.visible(each.comment) : nothing}</div><code>${format.visible(each.definition)}</code>` },
  { head: 'Size', kind: 'number', cell: each => format.bytes(each.bytes) },
  { head: 'Scans', kind: 'number', cell: each => format.count(each.scans) },
], one.indexes, { key: each => each.name, caption: `Indexes of ${one.name}`, empty: empty('It has no index.') });

function writers(one) {
  if (one.kind === 'view') return html`<p>Nobody: a view shows what its query finds.</p>`;
  return html`<dl class="facts">
    <dt>Owner</dt><dd>${one.owner ? html`The module <strong>${one.owner}</strong>: no other one writes it.` : one.schema === 'rowhouse' ? 'Not said in its comment.' : `Whoever may use the schema ${format.visible(one.schema)}, such as the component that it belongs to.`}</dd>
    ${one.functions.length ? html`<dt>Functions</dt><dd class="mono">${format.visible(one.functions.join(', '))}<div class="faint">${one.functions.length} with a statement in their text that changes it</div></dd>` : nothing}
    ${one.triggers.length ? html`<dt>Triggers</dt><dd>${one.triggers.map(each => html`<div>${each.comment ? format.visible(each.comment) : nothing} <code>${format.visible(each.definition)}</code> ${each.enabled ? nothing : badge('off', 'warn')}</div>`)}</dd>` : nothing}
    ${one.use ? html`<dt>Care</dt><dd>Vacuumed ${one.use.vacuumed_at ? ago(one.use.vacuumed_at) : 'never'}, analyzed ${one.use.analyzed_at ? ago(one.use.analyzed_at) : 'never'}, ${format.count(one.use.dead)} dead rows.</dd>` : nothing}</dl>`;
}

function counting(ctx) {
  const { count } = ctx.state;
  if (count?.running) return html`counting… <button type="button" class="link" @click=${() => ctx.state.abort.abort()}>stop</button>`;
  return html`${count?.at ? html`exact, ${ago(count.at)} · ` : count?.problem ? html`<span class="bad">${count.problem}</span> · ` : nothing}
    <button type="button" class="link" title="Reads the whole table, for at most ${COUNT_SECONDS} s" @click=${() => countRows(ctx)}>count exactly</button>`;
}

async function countRows(ctx) {
  ctx.state.abort = new AbortController();
  ctx.state.count = { running: true };
  ctx.redraw();
  try {
    const answer = await sql.run(`select count(*) from ${sql.qualified(ctx.params.schema, ctx.params.name)}`, { timeout: COUNT_SECONDS, limit: 1, signal: ctx.state.abort.signal });
    ctx.state.count = { rows: answer.rows[0][0], at: new Date().toISOString() };
  } catch (e) {
    ctx.state.count = e.name === 'AbortError' ? {} : { problem: e.code === 'TIMED_OUT' ? `more than ${COUNT_SECONDS} s: left it` : e.message };
  }
  ctx.redraw();
}

async function takeSample(ctx, one) {
  ctx.state.sampling = true;
  ctx.redraw();
  const answer = await attempt(() => sql.run(`select * from ${sql.qualified(one.schema, one.name)} limit ${SAMPLE_ROWS}`, { limit: SAMPLE_ROWS }));
  ctx.state.sampling = false;
  if (answer) {
    ctx.state.sample?.leave();
    ctx.state.sample = new Result(answer, { view: 'table', chart: {}, name: one.name, keep: () => {} });
  }
  ctx.redraw();
}

const sample = (ctx, one) => ctx.state.sample ? html`${ctx.state.sample.data.rows.length ? ctx.state.sample.element : empty('It has no rows.')}`
  : html`<p class="faint">${ctx.state.sampling ? 'Reading…' : `Rows are read when you ask for them: up to ${SAMPLE_ROWS} of ${format.visible(one.name)}, under your own rights.`}</p>`;
