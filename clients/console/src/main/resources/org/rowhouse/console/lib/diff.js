// What differs between two texts, line by line, and between two rows, field by field.

import { html, nothing } from './ui.js';
import { guard } from '../vendor/lit-html/directives/guard.js';
import * as format from './format.js';

/** Texts that differ everywhere cost the square of this. */
const LINES_MAX = 800;

/**
 * The shortest way from one text to the other: E. W. Myers, An O(ND) Difference Algorithm and Its Variations, 1986.
 *
 * @returns {{kind: 'same'|'gone'|'come', text: string, left?: number, right?: number}[]}
 */
export function diffLines(before, after) {
  const a = before.split('\n').slice(0, LINES_MAX);
  const b = after.split('\n').slice(0, LINES_MAX);
  const reach = a.length + b.length;
  const far = new Map([[1, 0]]);
  const trail = [];
  for (let d = 0; d <= reach; d++) {
    trail.push(new Map(far));
    for (let k = -d; k <= d; k += 2) {
      let x = k === -d || (k !== d && far.get(k - 1) < far.get(k + 1)) ? far.get(k + 1) : far.get(k - 1) + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
      far.set(k, x);
      if (x >= a.length && x - k >= b.length) return backwards(a, b, trail, d);
    }
  }
  return [];
}

function backwards(a, b, trail, steps) {
  const found = [];
  let x = a.length;
  let y = b.length;
  const same = () => { x--; y--; found.push({ kind: 'same', text: a[x], left: x + 1, right: y + 1 }); };
  for (let d = steps; d >= 0; d--) {
    const far = trail[d];
    const k = x - y;
    const down = k === -d || (k !== d && far.get(k - 1) < far.get(k + 1));
    const fromK = down ? k + 1 : k - 1;
    const fromX = d === 0 ? 0 : far.get(fromK);
    const fromY = d === 0 ? 0 : fromX - fromK;
    while (x > fromX && y > fromY && x > 0 && y > 0) same();
    if (d === 0) break;
    if (down) { y--; found.push({ kind: 'come', text: b[y], right: y + 1 }); }
    else { x--; found.push({ kind: 'gone', text: a[x], left: x + 1 }); }
  }
  return found.reverse();
}

const SIGNS = { same: ' ', gone: '−', come: '+' };
const WORDS = { same: '', gone: 'removed', come: 'added' };

/** Two texts as one, with what went and what came. Long runs of what is the same are folded. */
export const diffView = (before, after, label, around = 3) => guard([before, after], () => drawn(before, after, label, around));

function drawn(before, after, label, around) {
  const lines = diffLines(before, after);
  if (lines.every(each => each.kind === 'same')) return html`<p class="faint">The texts are the same.</p>`;
  const near = lines.map((_, i) => lines.slice(Math.max(0, i - around), i + around + 1).some(each => each.kind !== 'same'));
  const shown = [];
  lines.forEach((each, i) => {
    if (near[i]) shown.push(each);
    else if (shown.at(-1)?.kind !== 'fold') shown.push({ kind: 'fold', count: 1 });
    else shown.at(-1).count++;
  });
  const cut = before.split('\n').length > LINES_MAX || after.split('\n').length > LINES_MAX;
  return html`${cut ? html`<p class="faint">Only the first ${LINES_MAX} lines are compared.</p>` : nothing}<div class="diff" role="region" tabindex="0" aria-label=${label}><table>
    <caption class="hidden">${label}</caption>
    <tbody>${shown.map(each => each.kind === 'fold'
      ? html`<tr class="diff-fold"><td colspan="4">${each.count} ${each.count === 1 ? 'line' : 'lines'} the same</td></tr>`
      : html`<tr class="diff-${each.kind}"><td class="number">${each.left ?? nothing}</td><td class="number">${each.right ?? nothing}</td>
        <td><span aria-hidden="true">${SIGNS[each.kind]}</span><span class="hidden">${WORDS[each.kind]}</span></td>
        <td><code>${format.visible(each.text) || '\u00a0'}</code></td></tr>`)}</tbody></table></div>`;
}

const word = value => value === null || value === undefined ? '–' : typeof value === 'string' ? format.clip(value, 200) : format.clip(JSON.stringify(value), 200);

/** Fields with their old and new values: {concurrency: [3, 5]}. */
export function fieldsView(fields, most = 12) {
  const all = Object.entries(fields ?? {});
  if (!all.length) return nothing;
  return html`<span class="fields">${all.slice(0, most).map(([name, [was, is]]) => html`<span class="field"><span class="faint">${format.clip(name, 60)}</span>
    ${was === null || was === undefined ? nothing : html`<del>${word(was)}</del>`}${was != null && is != null ? ' → ' : nothing}${is === null || is === undefined ? nothing : html`<ins>${word(is)}</ins>`}</span>`)}
    ${all.length > most ? html`<span class="faint">and ${all.length - most} more</span>` : nothing}</span>`;
}

const equal = (a, b) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

/** The fields in which two objects differ. */
export function differing(before, after) {
  const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  return Object.fromEntries([...names].filter(name => !equal(before?.[name], after?.[name]))
    .map(name => [name, [before?.[name] ?? null, after?.[name] ?? null]]));
}
