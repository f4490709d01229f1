// Small pictures of numbers, drawn as SVG: no library, nothing inline. The words beside them say what the eye sees.

import { html, svg, nothing } from './ui.js';
import * as format from './format.js';

const W = 600;
const H = 120;

/** The least round number that is not below. */
export function roundUp(n) {
  if (!(n > 0)) return 1;
  const ten = 10 ** Math.floor(Math.log10(n));
  return [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find(each => each * ten >= n * 0.999999) * ten;
}

/**
 * Lines over time, a value for each step. Null breaks a line.
 *
 * @param {{name: string, values: (number|null)[], kind: string}[]} series  kind: a class, plot-1 ... plot-4, plot-bad
 * @param {{label: string, beganAt: string, stepMs?: number, say?: (n: number) => string, bars?: boolean}} options
 */
export function timeLines(series, { label, beganAt, stepMs = 60_000, say = format.rate, bars = false }) {
  const steps = Math.max(...series.map(one => one.values.length), 2);
  const most = roundUp(Math.max(...series.flatMap(one => one.values.filter(v => v != null)), 0));
  const x = i => (i + 0.5) * (W / steps);
  const y = v => H - (v / most) * (H - 2);
  const begun = Date.parse(beganAt);
  const at = i => format.time(new Date(begun + i * stepMs).toISOString()).slice(-8, -3);
  return html`<figure class="plot">
    ${series.length > 1 ? html`<figcaption>${series.map(one => html`<span class="key-of ${one.kind}">${one.name}</span>`)}</figcaption>` : nothing}
    <div class="plot-area">
      <div class="plot-y" aria-hidden="true"><span>${say(most)}</span><span>${bars && most % 2 ? nothing : say(most / 2)}</span><span>0</span></div>
      <svg viewBox="0 0 ${W} ${H}" preserveAspectRatio="none" role="img" aria-label=${`${label}. ${inWords(series, say)}`}>
        <path class="plot-grid" d="M0,1H${W}M0,${H / 2}H${W}M0,${H - 0.5}H${W}"></path>
        ${series.map(one => bars ? columns(one, steps, y) : line(one, x, y))}
        ${Array.from({ length: steps }, (_, i) => svg`<rect class="plot-spot" x=${(i * W / steps).toFixed(1)} y="0" width=${(W / steps).toFixed(1)} height=${H}><title>${
          [at(i), ...series.map(one => `${one.name} ${one.values[i] == null ? 'not known' : say(one.values[i])}`)].join('\n')}</title></rect>`)}
      </svg>
    </div>
    <div class="plot-x" aria-hidden="true"><span>${at(0)}</span><span>${at(Math.floor(steps / 2))}</span><span>${at(steps - 1)}</span></div>
  </figure>`;
}

function line(one, x, y) {
  const parts = [];
  let open = false;
  one.values.forEach((v, i) => {
    if (v == null) { open = false; return; }
    parts.push(`${open ? 'L' : 'M'}${x(i).toFixed(1)},${y(v).toFixed(1)}`);
    open = true;
  });
  return svg`<path class="plot-line ${one.kind}" d=${parts.join('')}></path>`;
}

function columns(one, steps, y) {
  const width = W / steps;
  const d = one.values.map((v, i) => v ? `M${(i * width + 0.5).toFixed(1)},${H}V${Math.min(y(v), H - 2).toFixed(1)}h${(width - 1).toFixed(1)}V${H}Z` : '').join('');
  return svg`<path class="plot-column ${one.kind}" d=${d}></path>`;
}

function inWords(series, say) {
  return series.map(one => {
    const known = one.values.filter(v => v != null);
    return known.length ? `${one.name}: now ${say(known.at(-1))}, at most ${say(Math.max(...known))}` : `${one.name}: not known`;
  }).join('; ');
}

/**
 * Bars beside each other, one group for each measure, each with its own scale.
 *
 * @param {{name: string, kind: string}[]} sides
 * @param {{name: string, note?: string, values: (number|null)[], say: (n: number) => string}[]} measures  a value for each side
 */
export function barGroups(sides, measures, label) {
  return html`<figure class="bars" aria-label=${label} role="group">
    <figcaption>${sides.map(one => html`<span class="key-of ${one.kind}">${one.name}</span>`)}</figcaption>
    ${measures.map(measure => {
      const most = Math.max(...measure.values.filter(v => v != null), 0) || 1;
      return html`<div class="bars-group"><div class="bars-name">${measure.name}${measure.note ? html`<span class="faint"> ${measure.note}</span>` : nothing}</div>
        ${measure.values.map((v, i) => v == null ? nothing : html`<div class="bars-row">
          <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect class="whole" width="100" height="8"></rect>
            <rect class="fill ${sides[i].kind}" width=${Math.max(100 * v / most, v > 0 ? 0.6 : 0).toFixed(2)} height="8"></rect></svg>
          <span class="bars-value"><span class="hidden">${sides[i].name}: </span>${measure.say(v)}</span></div>`)}</div>`;
    })}
  </figure>`;
}
