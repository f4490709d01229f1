// The whole system at a glance: who is up and what runs there, how fast, what waits, what went wrong, what changed.

import { html, nothing, panel, figure, table, fromLive, badge, empty, query, sparkline, ago, taskLink, state, bar, repeat } from '../lib/ui.js';
import * as format from '../lib/format.js';
import { path } from '../lib/api.js';
import { to } from '../lib/router.js';
import { street } from '../lib/street.js';
import { timeLines } from '../lib/plot.js';
import { changeList } from '../lib/changes.js';

const STATUS = '/status';
const LOAD = path('/load', { nodes: 1000 });
const RATES = path('/rates', { minutes: 60 });
const TOP = path('/top', { nodes: 1 });
const WRONG = path('/tasks', { state: 'failed,parked', limit: 8 });
const CHANGES = path('/changes', { limit: 12 });

const SQL = {
  count: name => `select queue, count(*)\nfrom rowhouse.task\nwhere state = '${name}'\ngroup by queue\norder by count(*) desc`,
  rates: call => `select date_trunc('minute', until) as minute, sum(requests) as ${call === 'start' ? 'started' : 'ended'}\nfrom rowhouse.calls\nwhere call = '${call}' and until > now() - interval '1 hour'\ngroup by minute\norder by minute`,
  failures: `select date_trunc('minute', ended_at) as minute, count(*) as failed\nfrom rowhouse.task\nwhere state in ('failed', 'parked') and ended_at > now() - interval '1 hour'\ngroup by minute\norder by minute`,
  wrong: `select id, component, function, state, ended_at, error ->> 'message' as error\nfrom rowhouse.task\nwhere state in ('failed', 'parked')\norder by id desc\nlimit 50`,
  slow: `select component, function, count(*) as tasks,\n    percentile_cont(0.5) within group (order by ended_at - claimed_at) as median,\n    percentile_cont(0.99) within group (order by ended_at - claimed_at) as p99\nfrom rowhouse.task\nwhere ended_at > now() - interval '1 hour'\ngroup by component, function\norder by p99 desc`,
  nodes: `select name, zone, tier, cores_milli / 1000.0 as cores, memory_mib, running, cordoned_at, draining_at, lease_until\nfrom rowhouse.node\nwhere ended_at is null\norder by zone, name`,
  queues: `select queue, count(*) filter (where state = 'ready') as ready, count(*) filter (where state = 'running') as running\nfrom rowhouse.task\nwhere state in ('ready', 'running')\ngroup by queue\norder by ready desc`,
  changes: `select relation, key, valid_from, valid_to, content\nfrom rowhouse.history\norder by valid_to desc\nlimit 50`,
  size: `select relname as "table", pg_size_pretty(pg_total_relation_size(oid)) as size, greatest(reltuples, 0)::bigint as rows_estimated\nfrom pg_class\nwhere relnamespace = 'rowhouse'::regnamespace and relkind = 'r'\norder by pg_total_relation_size(oid) desc`,
};

export const page = {
  title: 'Overview',
  watch: () => [STATUS, LOAD, RATES, TOP, WRONG, CHANGES],
  view: ctx => html`
    <h1 class="hidden">Overview</h1>
    ${fromLive(ctx, STATUS, status => figures(status, ctx.data(RATES)))}
    ${panel('Nodes', fromLive(ctx, LOAD, load => load.nodes.length ? street(load) : empty('No node is up.')),
      { aside: html`${nodeSummary(ctx.data(LOAD))} ${query(SQL.nodes, 'nodes')} <a href="#/nodes">all nodes</a>` })}
    <div class="columns">
      <div class="stack">
        ${panel('Throughput', fromLive(ctx, RATES, throughput), { aside: query(SQL.rates('finish'), 'throughput') })}
        ${panel('Failures', html`${fromLive(ctx, RATES, failures)}${fromLive(ctx, WRONG, wrong)}`,
          { aside: html`${query(SQL.wrong, 'failures')} <a href=${to('#/tasks', { state: 'failed,parked' })}>all</a>` })}
      </div>
      <div class="stack">
        ${panel('Waiting work', fromLive(ctx, TOP, queues), { aside: html`${query(SQL.queues, 'waiting work')} <a href="#/queues">all queues</a>` })}
        ${panel('Slowest functions', fromLive(ctx, TOP, functions), { aside: query(SQL.slow, 'slowest functions') })}
        ${panel('What changed lately', fromLive(ctx, CHANGES, all => changeList(all)), { aside: query(SQL.changes, 'changes') })}
      </div>
    </div>`,
};

const perSecond = n => html`${format.rate(n)} <small>per s</small>`;

function figures(status, rates) {
  const failed = rates?.failed?.reduce((sum, n) => sum + (n ?? 0), 0);
  return html`<div class="figures many">
    ${figure('Started', perSecond(rates?.started_now), { sql: SQL.rates('start'),
      note: rates ? sparkline(rates.started, { label: 'Tasks started per second in the last hour', height: 24 }) : nothing })}
    ${figure('Ended', perSecond(rates?.ended_now), { sql: SQL.rates('finish'),
      note: rates ? sparkline(rates.ended, { label: 'Tasks ended per second in the last hour', height: 24 }) : nothing })}
    ${figure('Running', format.counted(status.running), { href: '#/tasks?state=running', sql: SQL.count('running'), note: 'now' })}
    ${figure('Ready', format.counted(status.ready), { href: '#/tasks?state=ready', sql: SQL.count('ready'),
      note: status.queues_paused ? html`<a href="#/queues">${status.queues_paused} ${status.queues_paused === 1 ? 'queue' : 'queues'} paused</a>` : 'wait for a node' })}
    ${figure('Waiting', format.counted(status.waiting), { href: '#/tasks?state=waiting', sql: SQL.count('waiting'), note: 'timers, children' })}
    ${figure('Failed', rates ? format.count(failed) : '–', { href: to('#/tasks', { state: 'failed,parked' }), sql: SQL.failures,
      kind: failed ? 'bad' : '', note: rates ? sparkline(rates.failed, { label: 'Tasks that failed in each minute of the last hour', height: 24 }) : nothing })}
    ${figure('Parked', format.counted(status.parked), { href: '#/tasks?state=parked', sql: SQL.count('parked'),
      kind: status.parked ? 'bad' : '', note: status.parked ? 'after crashes' : 'none' })}
    ${figure('All tasks', `≈ ${format.about(status.tasks_estimated)}`, { href: '#/tasks', sql: SQL.size,
      note: html`in ${format.bytes(status.database_bytes)}` })}
  </div>`;
}

function nodeSummary(load) {
  if (!load) return nothing;
  const { states } = load;
  const words = { up: '', cordoned: 'warn', draining: 'warn', drained: 'warn', silent: 'bad', dead: 'bad', simulated: '' };
  return html`${Object.keys(words).filter(each => states?.[each]).map(each =>
    html`${badge(`${format.count(states[each])} ${each === 'dead' ? 'found dead' : each}`, words[each] || (each === 'up' ? 'good' : ''))} `)}`;
}

const throughput = rates => timeLines([
  { name: 'started', values: rates.started, kind: 'plot-1' },
  { name: 'ended', values: rates.ended, kind: 'plot-2' },
], { label: 'Tasks per second in the last hour', beganAt: rates.began_at, say: n => `${+n.toFixed(n < 10 ? 1 : 0)}/s` });

const failures = rates => rates.failed.some(n => n)
  ? timeLines([{ name: 'failed or parked', values: rates.failed, kind: 'plot-bad' }],
    { label: 'Failed and parked tasks in each minute of the last hour', beganAt: rates.began_at, say: format.count, bars: true })
  : nothing;

const wrong = page => page.tasks.length ? html`<ul class="wrongs">${repeat(page.tasks, t => t.id, t => html`<li>
  <div class="wrong-head">${taskLink(t.id)} ${state(t.state)} <a href=${to('#/tasks', { component: t.component, function: t.function, state: 'failed,parked' })}>${format.clip(`${t.component}/${t.function}`, 60)}</a>
    <span class="faint wrong-when">${ago(t.ended_at)}</span></div>
  <div class="error-line" title=${format.clip(t.error, 1000)}>${format.clip(t.error, 300)}</div></li>`)}</ul>` : empty('Nothing has gone wrong.');

function queues(top) {
  const most = Math.max(1, ...top.queues.map(q => q.ready));
  return table([
    { head: 'Queue', cell: q => html`<a href="#/queues/${encodeURIComponent(q.name)}">${format.visible(q.name)}</a> ${q.paused ? badge('paused', 'warn') : nothing}` },
    { head: html`<span class="hidden">Share</span>`, kind: 'bar-cell', cell: q => bar(q.ready, most, `${q.ready} ready`) },
    { head: 'Ready', kind: 'number', cell: q => html`<a href=${to('#/tasks', { queue: q.name, state: 'ready' })}>${format.counted(q.ready)}</a>` },
    { head: 'Running', kind: 'number', cell: q => html`<a href=${to('#/tasks', { queue: q.name, state: 'running' })}>${format.counted(q.running)}</a>` },
  ], top.queues.slice(0, 12), { key: q => q.name, caption: 'Queues by waiting work', empty: empty('There is no queue yet.') });
}

function functions(top) {
  const most = Math.max(1, ...top.functions.map(f => Number(f.p99_ms)));
  return table([
    { head: 'Function', cell: f => html`<a href=${to('#/tasks', { component: f.component, function: f.function })}>${format.clip(`${f.component}/${f.function}`, 60)}</a>` },
    { head: 'Median', kind: 'number', cell: f => format.duration(f.p50_ms) },
    { head: '99th', kind: 'number', cell: f => format.duration(f.p99_ms) },
    { head: html`<span class="hidden">Share</span>`, kind: 'bar-cell', cell: f => bar(f.p99_ms, most, `99 of 100 took at most ${format.duration(f.p99_ms)}`) },
    { head: 'Failed', kind: 'number', cell: f => f.failed ? html`<span class="amid"><a href=${to('#/tasks', { component: f.component, function: f.function, state: 'failed,parked' })}>${format.count(f.failed)}</a> of ${format.count(f.tasks)}</span>` : html`<span class="faint">0 of ${format.count(f.tasks)}</span>` },
  ], top.functions.slice(0, 10), { key: f => `${f.component}/${f.function}`, caption: 'Functions of the newest tasks', empty: empty('No task has run yet.') });
}
