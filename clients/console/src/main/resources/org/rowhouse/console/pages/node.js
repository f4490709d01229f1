// One node: its life and load, what runs there, what its machine is made of, and what can be asked of it.

import { html, nothing, panel, figure, table, fromLive, bar, badge, empty, factRow, query, ago, time, taskLink, action, attempt, confirm, trouble, loading } from '../lib/ui.js';
import * as format from '../lib/format.js';
import * as api from '../lib/api.js';
import { to } from '../lib/router.js';
import { literal } from '../lib/sql.js';
import { facade, stateBadge, stateOf } from '../lib/street.js';
import { machine, partsTree } from '../lib/machine.js';
import { changeList } from '../lib/changes.js';
import { endedBadge } from './nodes.js';

const base = ctx => `/nodes/${encodeURIComponent(ctx.params.name)}`;
const LIVES = ctx => api.path(`${base(ctx)}/lives`, { limit: 20 });
const TASKS = ctx => api.path(`${base(ctx)}/tasks`, { limit: 50 });
const CHANGES = ctx => api.path('/changes', { kind: 'node', name: ctx.params.name, limit: 12 });
const PARTS_MAX = 20_000;

export const page = {
  title: 'Node',
  enter: ctx => readParts(ctx),
  watch: ctx => [base(ctx), TASKS(ctx), LIVES(ctx), CHANGES(ctx)],
  view: ctx => fromLive(ctx, base(ctx), node => body(ctx, node)),
};

async function readParts(ctx) {
  try {
    ctx.state.parts = await api.get(api.path('/topology', { node: ctx.params.name, limit: PARTS_MAX }));
    ctx.state.partsProblem = null;
  } catch (e) {
    ctx.state.partsProblem = e;
  }
  ctx.redraw();
}

function body(ctx, node) {
  const state = stateOf(node);
  const alive = !node.ended_at;
  const there = ctx.data(TASKS(ctx));
  const running = alive ? there?.counted ?? node.running : 0;
  document.title = `${node.name} · Rowhouse`;
  return html`
    <div class="head"><div class="name-line"><h1>${format.visible(node.name)}</h1>
      ${state === 'ended' ? endedBadge(node) : stateBadge(state)}<span class="faint">${node.tier} in ${format.visible(node.zone)}</span></div>
      ${alive && !node.simulated ? actions(ctx, node) : nothing}</div>
    ${draining(node)}
    <div class="figures">
      ${figure('Running', format.count(running), { sql: `select *\nfrom rowhouse.task\nwhere state = 'running' and node = ${Number(node.number)}`,
        note: bar(running, Math.max(1, node.cores_milli / 1000), `${running} on ${format.cores(node.cores_milli)} cores`) })}
      ${figure('Cores', format.cores(node.cores_milli), { note: 'for tasks' })}
      ${figure('Memory', format.mib(node.memory_mib), { note: 'for tasks' })}
      ${figure('Devices', format.count(node.devices), { note: deviceNote(ctx) })}
      ${alive ? figure(node.simulated ? 'Declared' : 'Up', format.duration(Date.now() - Date.parse(node.started_at)), { note: html`since ${time(node.started_at)}` })
        : figure('Lived', format.duration(Date.parse(node.ended_at) - Date.parse(node.started_at)), { note: html`until ${time(node.ended_at)}` })}
    </div>
    <div class="columns">
      ${panel('What runs there', fromLive(ctx, TASKS(ctx), page => html`${page.functions.length > 1 ? work(page) : nothing}${tasks(page, alive)}`),
        { aside: query(`select id, component, function, queue, claimed_at\nfrom rowhouse.task\nwhere state = 'running' and node = ${Number(node.number)}\norder by claimed_at`, 'what runs there') })}
      ${panel('This life', life(node, running, there?.functions ?? []), { aside: query(`select *\nfrom rowhouse.node\nwhere name = ${literal(node.name)}\norder by number desc`, 'this life') })}
    </div>
    ${panel('Machine', parts(ctx), { aside: html`${view(ctx)} ${query(`select part, parent, kind, name, class, memory_mib, share_milli, peer, distance, mib_per_s, detail\nfrom rowhouse.topology\nwhere node = ${literal(node.name)}\norder by part`, 'the machine')}` })}
    <div class="columns">
      ${panel('Lives', fromLive(ctx, LIVES(ctx), lives))}
      ${panel('Changes', fromLive(ctx, CHANGES(ctx), all => changeList(all, { about: false })))}
    </div>`;
}

function deviceNote(ctx) {
  const models = Map.groupBy((ctx.state.parts ?? []).filter(part => part.kind === 'device'), part => part.name);
  return [...models].map(([name, all]) => `${all.length} × ${format.clip(name, 40)}`).join(', ');
}

function actions(ctx, node) {
  return html`<div class="controls">
    ${node.cordoned_at ? action(ctx, 'operator', 'Uncordon', () => uncordon(ctx, node)) : action(ctx, 'operator', 'Cordon', () => cordon(ctx, node))}
    ${action(ctx, 'operator', 'Drain…', () => drain(ctx, node), { disabled: node.draining_at != null })}</div>`;
}

const say = name => format.clip(name, 60);

/** It can be undone at once, so it is not asked about. */
async function cordon(ctx, node) {
  await attempt(() => api.post(`${base(ctx)}/cordon`), `${say(node.name)} claims nothing new.`,
    { undo: () => attempt(() => api.post(`${base(ctx)}/uncordon`), `${say(node.name)} claims again.`) });
}

async function uncordon(ctx, node) {
  const undo = node.draining_at ? undefined
    : () => attempt(() => api.post(`${base(ctx)}/cordon`), `${say(node.name)} claims nothing new.`);
  await attempt(() => api.post(`${base(ctx)}/uncordon`), `${say(node.name)} claims again.`, { undo });
}

async function drain(ctx, node) {
  const answer = await confirm({ title: `Drain ${node.name}?`, yes: 'Drain it', danger: true,
    body: html`<p>It claims nothing new. What runs there (${format.count(node.running)} now) may go on to its end for this long; what is left then is
      handed over to other nodes, at its next step if it has one.</p>
      <label>Hand over after, in seconds <input name="seconds" type="number" min="0" max="604800" step="1" value="10" required></label>` });
  if (!answer) return;
  await attempt(() => api.post(`${base(ctx)}/drain`, { hand_over_after: `${Number(answer.get('seconds'))}s` }), `${say(node.name)} drains.`,
    { undo: () => attempt(() => api.post(`${base(ctx)}/uncordon`), `${say(node.name)} claims again; what was handed over stays where it is.`) });
}

function draining(node) {
  if (node.ended_at || !node.cordoned_at) return nothing;
  const by = node.cordoned_by ? ` by ${format.clip(node.cordoned_by, 40)}` : '';
  if (!node.draining_at) return html`<p class="banner">Cordoned ${ago(node.cordoned_at)}${by}: it claims nothing new, what runs there goes on.</p>`;
  if (node.drained_at) return html`<p class="banner">Drained ${ago(node.drained_at)}: nothing runs there any more, it can be stopped.</p>`;
  const begun = Date.parse(node.draining_at);
  const end = Date.parse(node.hand_over_at);
  const past = Date.now() - begun;
  return html`<div class="banner" role="status"><p>Draining since ${time(node.draining_at)}${by}: ${format.count(node.running)} still run there;
    ${end > Date.now() ? html`what is left is handed over ${ago(node.hand_over_at)}.` : 'what is left is handed over at its next step.'}</p>
    ${bar(Math.min(past, end - begun), Math.max(1, end - begun), 'Time until tasks are handed over')}</div>`;
}

const work = page => html`<ul class="work">${page.functions.map(f => html`<li>
  <a href=${to('#/tasks', { component: f.component, function: f.function, state: 'running' })}>${format.clip(`${f.component}/${f.function}`, 60)}</a>
  ${bar(f.tasks, page.counted, `${f.tasks} of ${page.counted}`)}<span class="number">${format.count(f.tasks)}</span></li>`)}</ul>`;

const tasks = (page, alive) => html`${table([
  { head: 'Task', cell: t => taskLink(t.id) },
  { head: 'Function', cell: t => format.clip(`${t.component}/${t.function}`, 60) },
  { head: 'Queue', cell: t => html`<a href="#/queues/${encodeURIComponent(t.queue)}">${format.clip(t.queue, 40)}</a>` },
  { head: 'Attempt', kind: 'number', cell: t => t.attempt },
  { head: 'Runs for', kind: 'number', cell: t => t.claimed_at ? format.duration(Date.now() - Date.parse(t.claimed_at)) : '–' },
], page.tasks, { key: t => t.id, caption: 'Tasks that run on the node', empty: empty(alive ? 'Nothing runs there.' : 'It is not up.') })}
  ${page.counted > page.tasks.length ? html`<p class="empty">The ${page.tasks.length} longest of ${format.count(page.counted)}.</p>` : nothing}`;

const life = (node, running, functions) => html`<div class="life">
  <a class="house is-${stateOf(node)}" href="#/" aria-label="To all nodes">${facade({ ...node, running, work: functions.map((f, i) => [i, f.tasks]), state: stateOf(node) }, functions, 2)}</a>
  <dl class="facts">
    ${factRow('Life', html`<span class="mono">${node.number}</span>`)}
    ${factRow('Version', node.version)}
    ${factRow('Address', node.address ? html`<span class="mono">${format.visible(node.address)}</span>` : null)}
    ${factRow('Process', node.simulated ? 'none: it is simulated' : html`<span class="mono">${node.pid}</span>`)}
    ${factRow('Home', node.home ? html`<span class="mono">${format.visible(node.home)}</span>` : null)}
    ${factRow('Roles', node.roles.join(', '))}
    ${factRow('Labels', node.labels.length ? node.labels.map(each => html`${badge(format.visible(each))} `) : null)}
    ${node.ended_at || node.simulated ? nothing : factRow('Lease', html`until ${time(node.lease_until)}`)}
    ${node.ended_at ? factRow('Ended', html`${time(node.ended_at)} ${endedBadge(node)}`) : nothing}
    ${node.cordoned_at ? factRow('Cordoned', html`${ago(node.cordoned_at)} by ${format.clip(node.cordoned_by, 40)}`) : nothing}
  </dl></div>`;

const view = ctx => html`<div class="choice" role="group" aria-label="How the machine is shown">
  ${['picture', 'tree'].map(each => html`<button type="button" aria-pressed=${(ctx.query.get('as') ?? 'picture') === each}
    @click=${() => ctx.setQuery({ as: each === 'picture' ? null : each })}>${each === 'picture' ? 'Picture' : 'Tree'}</button>`)}</div>`;

function parts(ctx) {
  if (ctx.state.partsProblem) return trouble(ctx.state.partsProblem);
  if (!ctx.state.parts) return loading();
  if (!ctx.state.parts.length) return empty('The node has not yet told what its machine is made of.',
    html`<button type="button" @click=${() => readParts(ctx)}>Look again</button>`);
  return ctx.query.get('as') === 'tree' ? partsTree(ctx.state.parts) : machine(ctx.state.parts);
}

const lives = all => table([
  { head: 'Life', kind: 'number', cell: n => n.number },
  { head: html`<span class="hidden">State</span>`, cell: n => n.ended_at ? endedBadge(n) : stateBadge(stateOf(n)) },
  { head: 'From', cell: n => time(n.started_at) },
  { head: 'To', cell: n => n.ended_at ? time(n.ended_at) : 'now' },
  { head: 'Lasted', kind: 'number', cell: n => format.duration((n.ended_at ? Date.parse(n.ended_at) : Date.now()) - Date.parse(n.started_at)) },
], all, { key: n => n.number, caption: 'Lives of the node', empty: empty('None.') });
