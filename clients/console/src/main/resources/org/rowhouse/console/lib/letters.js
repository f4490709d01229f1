// Dead letters: what could not be handled, with the reason, and how it is handed on once more.

import { html, panel, table, fromLive, empty, query, ago, action, attempt, confirm } from './ui.js';
import * as format from './format.js';
import * as api from './api.js';
import { literal } from './sql.js';

/**
 * A panel of dead letters.
 *
 * @param {string} path  what is watched
 * @param {(letter: any) => string} again  where a letter is handed on from
 */
export const letters = (ctx, path, source, again) => panel('Dead letters', fromLive(ctx, path, all => table([
  { head: 'Died', cell: l => ago(l.died_at) },
  { head: 'Reader', cell: l => format.visible(l.reader) },
  { head: 'Key', cell: l => l.key == null ? html`<span class="faint">–</span>` : format.clip(l.key, 40) },
  { head: 'Body', kind: 'wide', cell: l => html`<code title=${format.clip(l.body, 2000)}>${format.clip(l.body, 80)}</code>` },
  { head: 'Reason', kind: 'wide', cell: l => html`<span title=${format.clip(l.reason, 2000)}>${format.clip(l.reason, 120)}</span>` },
  { head: 'Tries', kind: 'number', cell: l => l.attempts },
  { head: html`<span class="hidden">Actions</span>`, kind: 'number', cell: l => action(ctx, 'operator', 'Once more', () => redeliver(again(l), l.id)) },
], all, { key: l => l.id + l.reader, caption: 'Dead letters', empty: empty('Everything could be handled.') })),
{ aside: query(`select died_at, reader, key, body, reason\nfrom rowhouse.dead_letter\nwhere source = ${literal(source)}\norder by died_at desc\nlimit 50`, 'dead letters') });

/** Hands one on, or all. */
export const redeliver = (path, id) => attempt(() => api.post(`${path}/redeliver`, id ? { id } : {}),
  answer => [answer.redelivered || answer.left_over ? `${format.count(answer.redelivered)} handed on once more: what fails again stays here.` : 'There are no dead letters.',
    ...answer.left_over ? [`The mailbox is full: ${format.count(answer.left_over)} did not fit.`] : []].join(' '));

export async function redeliverAll(path, whose) {
  if (await confirm({ title: `Hand on all dead letters of ${whose}?`, yes: 'Hand them on',
    body: html`<p>Each is tried once. What others of its key have done meanwhile is not undone: only its place in the order is lost.</p>` })) await redeliver(path);
}
