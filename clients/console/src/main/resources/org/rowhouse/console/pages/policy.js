// One policy: its text, its versions and what differs between them, how it would have done, and putting it in force.

import { html, nothing, panel, fromLive, badge, empty, query, ago, action, attempt, confirm, trouble, loading, table } from '../lib/ui.js';
import * as format from '../lib/format.js';
import * as api from '../lib/api.js';
import { literal } from '../lib/sql.js';
import { diffView, differing, fieldsView } from '../lib/diff.js';
import { barGroups } from '../lib/plot.js';
import { changeList } from '../lib/changes.js';
import { parameterWords } from './policies.js';

const base = ctx => `/policies/${encodeURIComponent(ctx.params.name)}`;
const VERSIONS = ctx => api.path(`${base(ctx)}/versions`, { limit: 100 });
const CHANGES = ctx => api.path('/changes', { kind: 'policy', name: ctx.params.name, limit: 20 });
const LAST = api.path('/policy-changes', { limit: 1 });
const SPANS = { '15m': '15 minutes', '1h': 'hour', '6h': '6 hours', '1d': 'day', '7d': '7 days' };

export const page = {
  title: 'Policy',
  watch: ctx => [VERSIONS(ctx), CHANGES(ctx), LAST],
  view: ctx => fromLive(ctx, VERSIONS(ctx), versions => versions.length ? body(ctx, versions)
    : trouble({ code: 'NOT_FOUND', detail: `There is no policy '${ctx.params.name}'.` })),
};

/** A version never changes, so it is asked for once. */
function textOf(ctx, version) {
  const known = ctx.state.texts ??= new Map();
  if (!known.has(version)) {
    known.set(version, null);
    api.get(api.path(base(ctx), { version })).then(
      policy => { known.set(version, policy); ctx.redraw(); },
      problem => { known.set(version, { problem }); ctx.redraw(); });
  }
  return known.get(version);
}

function body(ctx, versions) {
  const name = ctx.params.name;
  document.title = `${name} · Rowhouse`;
  const newest = versions[0].version;
  const shown = Number(ctx.query.get('version')) || newest;
  const policy = textOf(ctx, shown);
  const holds = versions.find(each => each.in_force);
  return html`
    <div class="head"><div class="name-line"><h1>${format.visible(name)}</h1>
      ${holds ? badge(holds.version === newest ? 'in force' : `version ${holds.version} in force`, 'good') : badge('not in force')}
      <label class="faint">version <select aria-label="Version" @change=${e => ctx.setQuery({ version: e.target.value == newest ? null : e.target.value })}>
        ${versions.map(each => html`<option value=${each.version} ?selected=${each.version === shown}>${each.version}${each.version === newest ? ' (newest)' : ''}${each.in_force ? ' (in force)' : ''}</option>`)}</select></label></div>
      <div class="controls">
        ${action(ctx, 'admin', 'New version…', () => edit(ctx, policy), { disabled: !policy?.text })}
        ${action(ctx, 'admin', 'Put in force…', () => putInForce(ctx, name, shown), { kind: 'primary', disabled: !policy?.text || holds?.version === shown })}</div></div>
    ${ctx.state.editing ? editor(ctx) : nothing}
    <div class="columns">
      ${panel(`Version ${shown}`, policy?.problem ? trouble(policy.problem) : policy ? text(policy) : loading(),
        { aside: query(`select version, made_at, made_by, parameters, text\nfrom rowhouse.policy\nwhere name = ${literal(name)}\norder by version desc`, 'versions') })}
      ${panel('What differs', compare(ctx, versions, shown))}
    </div>
    ${panel('How it would have done', trial(ctx, name, shown))}
    <div class="columns">
      ${panel('Versions', list(ctx, versions))}
      ${panel('Changes', fromLive(ctx, CHANGES(ctx), all => changeList(all, { about: false })))}
    </div>`;
}

function text(policy) {
  return html`<pre class="code" tabindex="0" role="region" aria-label="Text of the policy">${format.visible(policy.text.trimEnd()).split('\n').map(line =>
    html`<span class=${line.trimStart().startsWith('--') ? 'line-of comment' : 'line-of'}>${line || '\u00a0'}\n</span>`)}</pre>
  <dl class="facts">
    <dt>Parameters</dt><dd>${parameterWords(policy.parameters)}</dd>
    <dt>Runs</dt><dd>${policy.runs === 'MEMORY' ? 'in memory, compiled: microseconds for a task' : policy.runs === 'POSTGRESQL' ? 'in PostgreSQL' : 'nowhere'}
      ${policy.why ? html`<span class="faint">${format.clip(policy.why, 400)}</span>` : nothing}</dd>
    <dt>Recorded</dt><dd>${ago(policy.made_at)} by ${format.clip(policy.made_by, 60)}</dd></dl>`;
}

const list = (ctx, versions) => table([
  { head: 'Version', cell: v => html`<a href="#/policies/${encodeURIComponent(ctx.params.name)}?version=${v.version}">${v.version}</a> ${v.in_force ? badge('in force', 'good') : nothing}` },
  { head: 'Recorded', cell: v => html`<span class="faint">${format.clip(v.made_by, 40)},</span> ${ago(v.made_at)}` },
  { head: 'Parameters', cell: v => parameterWords(v.parameters) },
], versions, { key: v => v.version, caption: 'Versions of the policy' });

function compare(ctx, versions, shown) {
  if (versions.length < 2) return empty('It has one version only.');
  const other = Number(ctx.query.get('with')) || versions.find(each => each.version < shown)?.version || versions.find(each => each.version !== shown).version;
  const [from, to] = [Math.min(other, shown), Math.max(other, shown)];
  const [a, b] = [textOf(ctx, from), textOf(ctx, to)];
  return html`<p class="controls"><label>Version ${shown} with <select @change=${e => ctx.setQuery({ with: e.target.value })}>
      ${versions.filter(each => each.version !== shown).map(each => html`<option value=${each.version} ?selected=${each.version === other}>${each.version}${each.in_force ? ' (in force)' : ''}</option>`)}</select></label></p>
    ${a?.text === undefined || b?.text === undefined ? loading() : html`${diffView(a.text, b.text, `From version ${from} to ${to}`)}
      ${fieldsView(differing(a.parameters, b.parameters))}`}`;
}

// A new version ---------------------------------------------------------------------------------------------------

function edit(ctx, policy) {
  ctx.state.editing = { text: policy.text, parameters: Object.fromEntries(Object.entries(policy.parameters ?? {}).map(([k, v]) => [k, String(v)])), from: policy };
  ctx.redraw();
  setTimeout(() => document.querySelector('textarea[name="text"]')?.focus());
}

/** The names that stand in a text as :name, outside of comments, quotes and casts. */
function namesIn(sql) {
  const bare = sql.replace(/--[^\n]*|'(?:[^']|'')*'|::/g, ' ');
  return [...new Set([...bare.matchAll(/:([a-z_][a-z0-9_]*)/g)].map(match => match[1]))];
}

function editor(ctx) {
  const draft = ctx.state.editing;
  const set = changes => { Object.assign(draft, changes); ctx.redraw(); };
  const names = namesIn(draft.text);
  const missing = names.filter(name => draft.parameters[name] === undefined || draft.parameters[name] === '' || Number.isNaN(Number(draft.parameters[name])));
  const same = draft.text === draft.from.text && !Object.keys(differing(asNumbers(draft, names), draft.from.parameters)).length;
  return panel('New version', html`<form class="form wide-form" @submit=${e => { e.preventDefault(); put(ctx, names); }}>
    <label>Text, a select over candidate
      <textarea name="text" class="mono" rows=${Math.min(30, Math.max(8, draft.text.split('\n').length + 1))} maxlength="20000" spellcheck="false" required
        .value=${draft.text} @input=${e => set({ text: e.target.value })}></textarea></label>
    ${names.length ? html`<div class="controls">${names.map(name => html`<label><code>:${name}</code>
      <input type="number" step="any" required .value=${draft.parameters[name] ?? ''} @input=${e => set({ parameters: { ...draft.parameters, [name]: e.target.value } })}></label>`)}</div>` : nothing}
    ${draft.text !== draft.from.text ? diffView(draft.from.text, draft.text, 'What you have changed') : nothing}
    ${draft.problem ? trouble(draft.problem) : nothing}
    <div class="controls"><button class="primary" ?disabled=${same || missing.length}>Record it</button>
      <button type="button" @click=${() => { ctx.state.editing = null; ctx.redraw(); }}>Leave it</button>
      <span class="faint">${missing.length ? `Give a number for ${missing.map(name => `:${name}`).join(', ')}.` : 'It is recorded, not yet in force. Versions never change.'}</span></div></form>`);
}

const asNumbers = (draft, names) => Object.fromEntries(names.map(name => [name, Number(draft.parameters[name])]));

async function put(ctx, names) {
  const draft = ctx.state.editing;
  try {
    const policy = await api.put(base(ctx), { text: draft.text, parameters: asNumbers(draft, names) });
    ctx.state.editing = null;
    ctx.setQuery({ version: policy.version, with: draft.from.version });
    await attempt(async () => policy, `Version ${policy.version} is recorded.`);
  } catch (e) {
    draft.problem = e; // with the place and the reason
  }
  ctx.redraw();
}

// In force --------------------------------------------------------------------------------------------------------

async function putInForce(ctx, name, version) {
  const before = ctx.data(LAST)?.[0];
  const sure = await confirm({ title: `Put ${name} in force?`, yes: 'Put it in force', body: html`
    <p>From now on version ${version} of <strong>${format.visible(name)}</strong> says where tasks go that need something of their node.
    ${before ? html`Until now that is <strong>${format.visible(before.name)}</strong>, version ${before.version}.` : nothing}</p>
    <p class="faint">What runs or is placed already stays where it is. A policy that fails, is slow or places nonsense is fenced by itself.</p>` });
  if (!sure) return;
  await attempt(() => api.post(`${base(ctx)}/set`, { version }), `${format.clip(name, 60)}, version ${version}, is in force.`, {
    undo: before && (() => attempt(() => api.post(`/policies/${encodeURIComponent(before.name)}/set`, { version: before.version }),
      `${format.clip(before.name, 60)}, version ${before.version}, is in force again.`)),
  });
}

// Tried on history ------------------------------------------------------------------------------------------------

function trial(ctx, name, version) {
  const tried = ctx.state.trial;
  const since = ctx.state.since ?? '1h';
  return html`<div class="controls"><label>On the tasks of the last <select ?disabled=${tried?.busy} @change=${e => { ctx.state.since = e.target.value; ctx.redraw(); }}>
      ${Object.entries(SPANS).map(([span, word]) => html`<option value=${span} ?selected=${span === since}>${word}</option>`)}</select></label>
    ${action(ctx, 'operator', tried?.busy ? 'It is tried…' : `Try version ${version} on history`, () => tryIt(ctx, version, since), { disabled: tried?.busy })}
    <span class="faint">It and the one in force run on recorded tasks, in the memory of this node; nothing is placed.</span></div>
    ${tried?.problem ? trouble(tried.problem) : tried?.answer ? result(tried.answer) : nothing}`;
}

async function tryIt(ctx, version, since) {
  ctx.state.trial = { busy: true };
  ctx.redraw();
  try {
    ctx.state.trial = { answer: await api.post(`${base(ctx)}/try`, { version, since }) };
  } catch (e) {
    ctx.state.trial = { problem: e };
  }
  ctx.redraw();
}

const percent = n => `${n.toFixed(1)} %`;

function result(answer) {
  const { tried, in_force: holds, recorded } = answer;
  const side = (one, word) => one ? [{ name: `${word}: ${one.policy}, version ${one.version}`, one }] : [];
  const sides = [
    ...side(tried, 'tried').map(s => ({ ...s, kind: 'plot-1' })),
    ...side(holds, 'in force').map(s => ({ ...s, kind: 'plot-3' })),
    { name: 'as it really was', one: recorded, kind: 'plot-4' },
  ];
  const measure = (title, field, say, note) => ({ name: title, note, say, values: sides.map(s => s.one[field] ?? null) });
  return html`<p class="faint">${format.count(answer.tasks)} tasks that were made since ${format.time(answer.since)}, on the ${format.count(answer.nodes)}
      ${answer.nodes === 1 ? 'node that is' : 'nodes that are'} up now.${answer.left_out ? ` ${format.count(answer.left_out)} ended before they began, or are not ready yet, and are left out.` : ''}${answer.cut ? ' There were more: the older ones are left out.' : ''}
      ${answer.not_compared ? format.clip(answer.not_compared, 300) : ''}</p>
    <div class="columns trial">
      ${barGroups(sides, [
        measure('Waiting, mean', 'wait_mean_ms', format.duration),
        measure('Waiting, median', 'wait_median_ms', format.duration),
        measure('Waiting, 99 of 100', 'wait99_ms', format.duration, 'at most'),
        measure('Waiting, longest', 'wait_max_ms', format.duration),
      ], 'Waiting times')}
      ${barGroups(sides.slice(0, -1), [
        measure('Cores in use', 'cores_percent', percent),
        measure('Devices in use', 'devices_percent', percent),
        measure('Imbalance', 'spread_percent', percent, 'between nodes'),
        measure('Fragments', 'fragments_percent', percent, 'of devices, of no use'),
        measure('Never placed', 'unplaced', format.count, 'tasks'),
        measure('A decision', 'decision_ns', ns => ns < 1000 ? `${Math.round(ns)} ns` : ns < 1e6 ? `${(ns / 1000).toFixed(1)} µs` : format.duration(ns / 1e6), 'took'),
      ].map(m => ({ ...m, values: m.values.slice(0, -1) })).filter(m => m.name !== 'A decision' || m.values.some(Boolean)), 'Balance and fragments')}
    </div>`;
}
