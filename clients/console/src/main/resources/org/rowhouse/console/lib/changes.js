// What was changed, by whom, and how it was before.

import { html, nothing, ago, badge, empty, repeat } from './ui.js';
import * as format from './format.js';
import { fieldsView } from './diff.js';

const HREFS = {
  queue: name => `#/queues/${encodeURIComponent(name)}`,
  schedule: name => `#/schedules/${encodeURIComponent(name)}`,
  node: name => `#/nodes/${encodeURIComponent(name)}`,
  policy: name => `#/policies/${encodeURIComponent(name)}`,
  account: () => '#/accounts',
  task: id => `#/tasks/${encodeURIComponent(id)}`,
};

/** The page of a thing of a kind; undefined if it has none. */
export const pageOf = (kind, name) => HREFS[kind]?.(name);

const thing = (kind, name) => {
  const href = pageOf(kind, name);
  return href ? html`<a href=${href}>${format.clip(name, 80)}</a>` : html`<strong>${format.clip(name, 80)}</strong>`;
};

/** Actions of people, as what was done. */
const DONE = {
  cordon: 'cordoned', uncordon: 'uncordoned', drain: 'drains', declare: 'declared', forget: 'forgotten', create: 'made', change: 'changed',
  drop: 'removed', cancel: 'cancelled', retry: 'retried', resume: 'resumed', fork: 'forked', revoke: 'revoked', stop: 'stopped', bulk: 'changed',
};

const KINDS = { 'was found dead': 'bad', 'in force after a fence': 'bad', dropped: 'warn' };

/** Of what was made or dropped, only what is not as usual. */
const telling = c => c.what === 'made' || c.what === 'dropped'
  ? Object.fromEntries(Object.entries(c.fields ?? {}).filter(([, [was, is]]) => (was ?? is) !== false && (was ?? is) !== null)) : c.fields;

/** @param {any[]} changes  what GET /changes answers */
export function changeList(changes, { about = true, none = 'Nothing has changed yet.' } = {}) {
  if (!changes.length) return empty(none);
  return html`<ul class="changes">${repeat(changes, c => `${c.at} ${c.kind} ${c.name} ${c.what}`, c => html`<li>
    <span class="change-what">${about ? html`<span class="faint">${c.kind}</span> ${thing(c.kind, c.name)} ` : nothing}${KINDS[c.what] ? badge(c.what, KINDS[c.what]) : DONE[c.what] ?? c.what.replaceAll('_', ' ')}
      ${fieldsView(telling(c), 6)}${c.detail ? html`<span class="faint change-detail">${format.clip(c.detail, 300)}</span>` : nothing}</span>
    <span class="faint change-when">${c.who ? html`${format.clip(c.who, 40)}, ` : nothing}${ago(c.at)}</span></li>`)}</ul>`;
}
