// All nodes: those that are up, simulated ones, and lives that have ended.

import { html, nothing, panel, table, fromLive, bar, badge, empty, query, ago, action, attempt, confirm } from '../lib/ui.js';
import * as format from '../lib/format.js';
import * as api from '../lib/api.js';
import { stateBadge, stateOf } from '../lib/street.js';

const WHICH = { up: 'Up', simulated: 'Simulated', ended: 'Ended' };
const LIMIT = 1000;
const names = new Intl.Collator('en', { numeric: true });

const which = ctx => WHICH[ctx.query.get('which')] ? ctx.query.get('which') : 'up';
const source = ctx => api.path('/nodes', { which: which(ctx), limit: LIMIT });

const SQL = {
  up: 'select *\nfrom rowhouse.node\nwhere ended_at is null and not simulated\norder by number desc',
  simulated: 'select *\nfrom rowhouse.node\nwhere ended_at is null and simulated\norder by number desc',
  ended: 'select *\nfrom rowhouse.node\nwhere ended_at is not null\norder by number desc\nlimit 1000',
};

export const page = {
  title: 'Nodes',
  watch: ctx => [source(ctx)],
  view: ctx => html`
    <div class="head"><h1>Nodes</h1>
      <div class="controls">
        <div class="choice" role="group" aria-label="Which nodes">${Object.entries(WHICH).map(([key, word]) => html`<button type="button"
          aria-pressed=${which(ctx) === key} @click=${() => ctx.setQuery({ which: key === 'up' ? null : key })}>${word}</button>`)}</div>
        <label><span class="hidden">Filter</span><input type="search" data-search size="26" placeholder="Name, zone, tier or label" maxlength="200"
          .value=${ctx.state.text ?? ''} @input=${e => { ctx.state.text = e.target.value; ctx.redraw(); }}></label>
        ${query(SQL[which(ctx)], 'nodes')}
      </div></div>
    ${panel(WHICH[which(ctx)], fromLive(ctx, source(ctx), nodes => list(ctx, nodes)))}`,
};

function list(ctx, nodes) {
  const text = (ctx.state.text ?? '').toLowerCase();
  const ended = which(ctx) === 'ended';
  const fits = nodes.filter(node => !text
    || [node.name, node.zone, node.tier, ...node.labels].some(each => each.toLowerCase().includes(text)));
  // What is up stands where it is looked for; of what has ended the latest comes first.
  if (!ended) fits.sort((a, b) => names.compare(a.zone, b.zone) || names.compare(a.name, b.name));
  const columns = [
    { head: 'Node', kind: 'name', cell: n => html`<a href="#/nodes/${encodeURIComponent(n.name)}">${format.clip(n.name, 80)}</a>` },
    { head: 'State', cell: n => ended ? endedBadge(n) : stateBadge(stateOf(n)) },
    { head: 'Zone', cell: n => format.visible(n.zone) },
    { head: 'Tier', cell: n => n.tier },
    ...(ended ? [] : [
      { head: 'Load', kind: 'bar-cell', cell: n => bar(n.running, Math.max(1, n.cores_milli / 1000), `${n.running} run on ${format.cores(n.cores_milli)} cores`) },
      { head: 'Running', kind: 'number', cell: n => format.count(n.running) }]),
    { head: 'Cores', kind: 'number', cell: n => format.cores(n.cores_milli) },
    { head: 'Memory', kind: 'number', cell: n => format.mib(n.memory_mib) },
    { head: 'Devices', kind: 'number', cell: n => n.devices || html`<span class="faint">–</span>` },
    { head: 'Labels', kind: 'labels', cell: n => n.labels.map(each => html`${badge(format.visible(each))} `) },
    { head: 'Version', cell: n => n.version },
    { head: ended ? 'Lived' : 'Since', cell: n => ended ? html`${format.duration(Date.parse(n.ended_at) - Date.parse(n.started_at))}, until ${ago(n.ended_at)}` : ago(n.started_at) },
    ...(which(ctx) === 'simulated' ? [{ head: html`<span class="hidden">Actions</span>`, cell: n => action(ctx, 'operator', 'Forget', () => forget(n)) }] : []),
  ];
  return html`${table(columns, fits, { key: n => n.number, caption: 'Nodes',
    empty: empty(text ? 'No node fits.' : which(ctx) === 'simulated' ? 'No node is simulated.' : which(ctx) === 'ended' ? 'No life of a node has ended yet.' : 'No node is up.') })}
    ${nodes.length >= LIMIT ? html`<p class="empty">Only the first ${format.count(LIMIT)} are shown.</p>` : nothing}`;
}

export const endedBadge = node => node.ended_by === 'lease' ? badge('found dead', 'bad')
  : badge({ close: 'stopped', restart: 'restarted', forget: 'forgotten' }[node.ended_by] ?? 'ended');

async function forget(node) {
  const sure = await confirm({ title: `Forget ${node.name}?`, yes: 'Forget it', danger: true,
    body: html`<p>The simulated node goes, with its topology. Declaring it again brings it back.</p>` });
  if (sure) await attempt(() => api.del(`/nodes/${encodeURIComponent(node.name)}`), `${format.clip(node.name, 60)} is forgotten.`);
}
