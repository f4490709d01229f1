// All policies of placement, which one is in force, and how that came to be.

import { html, nothing, panel, table, fromLive, badge, empty, query, ago, time, action, confirm, attempt } from '../lib/ui.js';
import * as format from '../lib/format.js';
import * as api from '../lib/api.js';

const POLICIES = api.path('/policies', { limit: 1000 });
const CHANGES = api.path('/policy-changes', { limit: 50 });
const FIRST = '-- What it does, in a line.\nselect task, node, device, -tasks_placed as score\nfrom candidate\n';

export const page = {
  title: 'Policies',
  watch: () => [POLICIES, CHANGES],
  view: ctx => html`
    <div class="head"><h1>Policies</h1><div class="controls">${inForce(ctx.data(POLICIES))}
      ${action(ctx, 'admin', 'New policy…', create)}</div></div>
    ${panel('Policies', fromLive(ctx, POLICIES, list), { aside: query('select name, version, made_at, made_by, parameters, text\nfrom rowhouse.policy\norder by name, version desc', 'policies') })}
    ${panel('Which was in force', fromLive(ctx, CHANGES, policyChanges), { aside: query('select *\nfrom rowhouse.policy_change\norder by number desc\nlimit 50', 'which was in force') })}`,
};

const link = (name, version) => html`<span class="no-wrap"><a href="#/policies/${encodeURIComponent(name)}?version=${version}">${format.visible(name)}</a> <span class="faint">version ${version}</span></span>`;

function inForce(policies) {
  const holds = policies?.find(each => each.in_force != null);
  return holds ? html`<span class="faint">in force:</span> ${link(holds.name, holds.in_force)}` : nothing;
}

const list = policies => table([
  { head: 'Policy', cell: p => html`<a href="#/policies/${encodeURIComponent(p.name)}">${format.visible(p.name)}</a>
    ${p.in_force != null ? badge(p.in_force === p.version ? 'in force' : `version ${p.in_force} in force`, 'good') : nothing}` },
  { head: 'What it does', kind: 'wide', cell: p => format.clip(p.about, 200) },
  { head: 'Newest', kind: 'number', cell: p => p.version },
  { head: 'Parameters', cell: p => parameterWords(p.parameters) },
  { head: 'Recorded', cell: p => html`<span class="faint">${format.clip(p.made_by, 40)},</span> ${ago(p.made_at)}` },
], policies, { key: p => p.name, caption: 'All policies', empty: empty('There is no policy.') });

export const parameterWords = parameters => Object.keys(parameters ?? {}).length
  ? Object.entries(parameters).map(([name, value]) => html`<code>${format.clip(name, 60)} = ${format.clip(value, 40)}</code> `) : html`<span class="faint">none</span>`;

const CAUSES = { set: html`${badge('set')}`, fence: html`${badge('fenced', 'bad')}`, install: html`${badge('installed')}` };

/** @param {any[]} changes  what GET /policy-changes answers */
export const policyChanges = changes => table([
  { head: 'When', cell: c => time(c.at) },
  { head: html`<span class="hidden">Cause</span>`, cell: c => CAUSES[c.cause] ?? badge(c.cause) },
  { head: 'In force from then on', cell: c => link(c.name, c.version) },
  { head: 'Instead of', cell: c => c.instead_of ? link(c.instead_of, c.instead_of_version) : html`<span class="faint">–</span>` },
  { head: 'Who', cell: c => format.clip(c.who, 60) },
  { head: 'Why', kind: 'wide', cell: c => c.detail ? format.clip(c.detail, 400) : html`<span class="faint">–</span>` },
], changes, { key: c => c.number, caption: 'Which policy was put in force, the latest first', rowClass: c => c.cause === 'fence' ? 'row-bad' : '', empty: empty('None was ever put in force.') });

async function create() {
  const here = location.hash;
  const answer = await confirm({ title: 'New policy', yes: 'Record it', body: html`
    <label>Name <input name="name" required maxlength="63" pattern="[a-z][a-z0-9\\-]*" autofocus></label>
    <label>Text <textarea name="text" class="mono" rows="10" required maxlength="20000" spellcheck="false" .value=${FIRST}></textarea></label>
    <p class="faint">A select over candidate: docs/policies.md. It is recorded, not yet in force.</p>` });
  if (!answer) return;
  const name = answer.get('name');
  if (await attempt(() => api.put(`/policies/${encodeURIComponent(name)}`, { text: answer.get('text') }), `The policy ${format.clip(name, 60)} is recorded.`)
    && location.hash === here) {
    location.hash = `#/policies/${encodeURIComponent(name)}`;
  }
}
