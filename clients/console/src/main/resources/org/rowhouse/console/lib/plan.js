// What EXPLAIN (FORMAT JSON) gives, as a tree: each part with the rows that were expected and came, its share of the time as a
// bar, and the dearest parts marked. Where nothing was measured, estimated cost stands for time.

import { html, nothing, badge } from './ui.js';
import * as format from './format.js';

/** A part counts as dear from this share of the whole on; at most so many are marked. */
const DEAR_SHARE = 0.1;
const DEAR_MOST = 3;

/** An estimate that is off by so much is told. */
const OFF = 10;

/** @param {any} plan  the first element of what the database answers */
export function planView(plan) {
  const measured = plan.Plan['Actual Loops'] !== undefined;
  const root = node(plan.Plan, measured, 1, false);
  const all = flat(root);
  const whole = all.reduce((sum, each) => sum + each.own, 0) || 1;
  all.forEach(each => { each.share = each.own / whole; });
  [...all].sort((a, b) => b.share - a.share).slice(0, DEAR_MOST).forEach((each, i) => {
    if (each.share >= DEAR_SHARE) each.dear = i + 1;
  });
  const buffers = all[0].buffers;
  return html`<div class="plan">
    <p class="plan-head">${measured
      ? html`<strong>${format.duration(plan['Execution Time'])}</strong> to run, ${format.duration(plan['Planning Time'])} to plan`
      : html`<strong>not run</strong>: figures are the planner's estimates, shares are of the estimated cost ${format.count(plan.Plan['Total Cost'])}`}
      ${plan.JIT ? html` · compiled in ${format.duration(plan.JIT.Timing?.Total)}` : nothing}
      ${buffers.length ? html` · ${buffers.join(', ')}` : nothing}</p>
    <ul class="plan-tree" aria-label="Plan">${branch(root, measured)}</ul>
    ${(plan.Triggers ?? []).map(each => html`<p class="faint">Trigger ${format.visible(each['Trigger Name'])}: ${format.duration(each.Time)}, ${format.count(each.Calls)} calls</p>`)}
  </div>`;
}

const flat = one => [one, ...one.children.flatMap(flat)];

/**
 * @param {number} hands  how many processes share the work of this part
 * @param {boolean} cut  whether a limit above may have ended it early
 */
function node(plan, measured, hands, cut) {
  const below = plan['Workers Launched'] !== undefined ? plan['Workers Launched'] + 1 : hands;
  const children = (plan.Plans ?? []).map(each => node(each, measured, below, cut || plan['Node Type'] === 'Limit'));
  const total = measured ? plan['Actual Total Time'] * plan['Actual Loops'] / hands : plan['Total Cost'];
  const own = Math.max(0, total - children.reduce((sum, each) => sum + each.total, 0));
  return { plan, children, total, own, cut, buffers: buffersOf(plan) };
}

function buffersOf(plan) {
  const pages = (field, word) => plan[field] ? [`${format.bytes(plan[field] * 8192)} ${word}`] : [];
  return [...pages('Shared Hit Blocks', 'from memory'), ...pages('Shared Read Blocks', 'read'),
    ...pages('Shared Dirtied Blocks', 'changed'), ...pages('Temp Written Blocks', 'to temporary files')];
}

function branch(each, measured) {
  const { plan } = each;
  const share = Math.round(100 * each.share);
  return html`<li><div class="plan-node ${each.dear ? 'dear' : ''}">
      <div class="plan-name"><strong>${plan['Parallel Aware'] ? 'Parallel ' : ''}${kind(plan)}</strong> ${subject(plan)}
        ${plan['Subplan Name'] ? badge(plan['Subplan Name']) : nothing}
        ${each.dear ? badge(each.dear === 1 ? 'dearest' : `${each.dear}. dearest`, 'warn') : nothing}</div>
      <div class="plan-rows">${rows(each, measured)}</div>
      <div class="plan-share"><svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label="${share} % of the ${measured ? 'time' : 'cost'}">
        <rect class="whole" width="100" height="6"></rect><rect class="part" width=${Math.max(share, each.own > 0 ? 1 : 0)} height="6"></rect></svg>
        <span class="number">${share} %</span><span class="number faint">${measured ? format.duration(each.own) : format.count(each.own)}</span></div>
      ${details(each)}
    </div>${each.children.length ? html`<ul>${each.children.map(child => branch(child, measured))}</ul>` : nothing}</li>`;
}

function kind(plan) {
  const type = plan['Node Type'];
  if (type === 'Aggregate') return { Hashed: 'Hash Aggregate', Sorted: 'Group Aggregate', Mixed: 'Mixed Aggregate' }[plan.Strategy] ?? type;
  if (type === 'ModifyTable') return plan.Operation ?? type;
  return plan['Join Type'] && plan['Join Type'] !== 'Inner' ? `${type} (${plan['Join Type'].toLowerCase()})` : type;
}

function subject(plan) {
  const name = plan['Relation Name'] ?? plan['CTE Name'] ?? plan['Function Name'];
  const alias = plan.Alias && plan.Alias !== name ? plan.Alias : null;
  return html`${name ? html`<span>${format.visible(name)}</span>` : nothing}
    ${alias ? html`<span class="faint">${name ? 'as ' : ''}${format.visible(alias)}</span>` : nothing}
    ${plan['Index Name'] ? html`<span class="faint">by ${format.visible(plan['Index Name'])}</span>` : nothing}`;
}

function rows({ plan, cut }, measured) {
  const expected = plan['Plan Rows'];
  if (!measured) return html`${format.count(expected)} rows expected`;
  const loops = plan['Actual Loops'];
  if (!loops) return html`<span class="faint">never run</span>`;
  const came = plan['Actual Rows'];
  const factor = Math.max(came, 1) / Math.max(expected, 1);
  const off = factor >= OFF || (factor <= 1 / OFF && !cut);
  return html`${format.count(came)} rows${loops > 1 ? html` × ${format.count(loops)}` : nothing}
    <span class="faint">(${format.count(expected)} expected)</span>
    ${off ? badge(factor > 1 ? `${format.count(Math.round(factor))} × more than expected` : `${format.count(Math.round(1 / factor))} × fewer than expected`, 'warn') : nothing}`;
}

const CONDITIONS = ['Index Cond', 'Recheck Cond', 'Hash Cond', 'Merge Cond', 'Join Filter', 'Filter', 'One-Time Filter', 'Order By',
  'Sort Key', 'Presorted Key', 'Group Key', 'Cache Key'];
const COUNTS = ['Rows Removed by Filter', 'Rows Removed by Join Filter', 'Rows Removed by Index Recheck', 'Heap Fetches', 'Workers Launched'];

function details(each) {
  const { plan } = each;
  const list = value => Array.isArray(value) ? value.join(', ') : String(value);
  const lines = [
    ...CONDITIONS.filter(name => plan[name] !== undefined).map(name => [name, list(plan[name]), true]),
    ...COUNTS.filter(name => plan[name]).map(name => [name, format.count(plan[name])]),
    ...(plan['Sort Method'] ? [['Sort Method', `${plan['Sort Method']}, ${format.bytes(plan['Sort Space Used'] * 1024)} ${plan['Sort Space Type'].toLowerCase()}`]] : []),
    ...(plan['Hash Batches'] > 1 ? [['Hash Batches', format.count(plan['Hash Batches'])]] : []),
    ...(each.buffers.length ? [['Buffers', each.buffers.join(', ')]] : []),
  ];
  return lines.length ? html`<dl class="plan-details">${lines.map(([name, value, code]) => html`<div><dt>${name}</dt>
    <dd class=${code ? 'mono' : ''}>${format.visible(value)}</dd></div>`)}</dl>` : nothing;
}
