// The catalog as documentation: all tables and views, as a list and as a picture.

import { html, nothing, panel, table, badge, empty, trouble, loading } from '../lib/ui.js';
import * as api from '../lib/api.js';
import * as format from '../lib/format.js';
import { layout, whole, legend, Sight, tableHash } from '../lib/diagram.js';

/** Rows and sizes, without the columns, which do not change while somebody looks. */
const LIVE = api.path('/tables', { columns: false });

export const page = {
  title: 'Tables',

  watch: () => [LIVE],

  enter: async ctx => {
    ctx.state.sight = new Sight(ctx.redraw);
    ctx.state.filter = '';
    try {
      const [tables, relations] = await Promise.all([api.get('/tables'), api.get('/relations')]);
      Object.assign(ctx.state, { tables, relations, problem: null });
    } catch (e) {
      ctx.state.problem = e;
    }
    ctx.redraw();
  },

  view: ctx => {
    const { problem } = ctx.state;
    if (problem) return trouble(problem);
    if (!ctx.state.tables) return loading();
    const tables = upToDate(ctx);
    const schemas = [...new Set(tables.map(each => each.schema))];
    const schema = schemas.includes(ctx.query.get('schema')) ? ctx.query.get('schema') : schemas.includes('rowhouse') ? 'rowhouse' : schemas[0];
    const drawing = ctx.query.get('view') === 'diagram';
    return html`<div class="doc"><div class="head"><h1>Tables</h1><div class="controls">
        ${schemas.length > 1 || drawing ? html`<label>Schema <select @change=${e => ctx.setQuery({ schema: e.target.value })}>
          ${schemas.map(each => html`<option value=${each} ?selected=${each === schema}>${format.visible(each)}</option>`)}</select></label>` : nothing}
        <div class="switch" role="group" aria-label="Show the tables as">
          <button type="button" aria-pressed=${!drawing} @click=${() => ctx.setQuery({ view: null })}>List</button>
          <button type="button" aria-pressed=${drawing} @click=${() => ctx.setQuery({ view: 'diagram' })}>Diagram</button></div>
        ${drawing ? nothing : html`<input type="search" class="search" data-search aria-label="Search in names and comments" placeholder="Search names and comments"
          .value=${ctx.state.filter} @input=${e => { ctx.state.filter = e.target.value; ctx.redraw(); }}>`}</div></div>
      ${drawing ? diagram(ctx, schema) : list(ctx, tables, schema)}</div>`;
  },
};

/** The tables with the newest figures. */
function upToDate(ctx) {
  const now = new Map((ctx.data(LIVE) ?? []).map(each => [`${each.schema}.${each.name}`, each]));
  return ctx.state.tables.map(each => ({ ...each, ...now.get(`${each.schema}.${each.name}`), columns: each.columns }));
}

function list(ctx, tables, first) {
  const wanted = ctx.state.filter.trim().toLowerCase();
  const hit = text => text?.toLowerCase().includes(wanted);
  const found = tables.filter(each => !wanted || hit(each.name) || hit(each.comment) || each.columns.some(column => hit(column.name)));
  const schemas = [...new Set(found.map(each => each.schema))].sort((a, b) => (b === first) - (a === first) || (a < b ? -1 : 1));
  if (!schemas.length) return empty(wanted ? `No table, column or comment has “${ctx.state.filter}”.` : 'There is no table.');
  return schemas.map(schema => {
    const inside = found.filter(each => each.schema === schema);
    return panel(format.visible(schema), table([
      { head: 'Name', cell: each => html`<a href=${tableHash(each.schema, each.name)}>${format.visible(each.name)}</a> ${each.kind === 'view' ? badge('view') : nothing}
        ${wanted ? matches(each, hit) : nothing}` },
      { head: 'What it is', kind: 'wide', cell: each => about(each.comment) },
      { head: 'Owner', cell: each => each.owner ?? html`<span class="faint">–</span>` },
      { head: 'Rows', kind: 'number', cell: each => each.kind === 'view' ? html`<span class="faint">–</span>` : `≈ ${format.count(each.rows_estimated)}` },
      { head: 'Size', kind: 'number', cell: each => format.bytes(each.bytes) },
    ], inside, { key: each => each.name, caption: `Tables of ${schema}` }), { aside: html`<span class="faint">${inside.length}</span>` });
  });
}

const matches = (each, hit) => {
  const columns = each.columns.filter(column => hit(column.name));
  return columns.length ? html`<div class="faint">${format.visible(columns.map(column => column.name).join(', '))}</div>` : nothing;
};

/** A comment without what stands in columns of its own. */
export const about = comment => comment ? format.visible(comment.replace(/\s*Owner: [a-z-]+\./, '').replace(/\s*Citus: [a-z]+\./, '')) : html`<span class="faint">no comment</span>`;

function diagram(ctx, schema) {
  const { state } = ctx;
  if (state.drawnSchema !== schema) {
    const tables = state.tables.filter(each => each.schema === schema);
    const inside = state.relations.filter(one => one.from_schema === schema && one.to_schema === schema);
    Object.assign(state, { drawnSchema: schema, inside, plan: layout(tables, inside) });
    state.sight.take(state.plan.width, state.plan.height);
  }
  return panel(`Diagram of ${schema}`, html`${whole({ schema, plan: state.plan, relations: state.inside, sight: state.sight,
    chosen: state.chosen, choose: name => { state.chosen = name; ctx.redraw(); } })}
    ${legend(new Set(state.inside.map(one => one.kind)))}`);
}
