// Rows on a time axis: what a task, its steps and what they started did when. Only rows in sight are
// drawn, so thousands cost no more than a screen of them.

import { html, svg, nothing } from './ui.js';
import { ref } from '../vendor/lit-html/directives/ref.js';
import * as format from './format.js';

const ROW = 26;
const AXIS = 28;
const NARROW = 620; // below it labels stand above their bars

/**
 * @typedef {object} Segment
 * @property {number} from  milliseconds since 1970, with fractions
 * @property {number} to
 * @property {string} kind  ready, running, waiting, succeeded, failed, cancelled, parked, tries or planned
 *
 * @typedef {object} Row
 * @property {string} key
 * @property {number} depth
 * @property {string} label
 * @property {string} [hint]  stands faint behind the label
 * @property {string} state  in words, for whoever cannot tell the colours
 * @property {Segment[]} segments
 * @property {number} [took]  milliseconds
 * @property {string} [note]
 * @property {boolean} [expandable]
 * @property {boolean} [expanded]
 */

/** A timestamp of the database in milliseconds, with its microseconds. */
export function at(text) {
  if (text == null) return null;
  const fraction = /\.(\d+)/.exec(text);
  return fraction
    ? Date.parse(text.replace(fraction[0], '')) + Number(`0.${fraction[1]}`) * 1000
    : Date.parse(text);
}

export const fresh = () => ({ zoom: null, active: 0, top: 0, height: 400, width: 800, brush: null });

/**
 * @param {object} own  what `fresh` made; kept by the page
 * @param {Row[]} rows
 * @param {[number, number]} extent  the whole of the time axis
 * @param {{redraw: () => void, choose: (row: Row) => void, toggle: (row: Row) => void, open: (row: Row) => void,
 *          chosen: string|null, label: string, origin: number}} on  origin: the moment that the axis counts from
 */
export function waterfall(own, rows, extent, on) {
  own.rows = rows;
  own.extent = extent;
  own.on = on;
  own.listen ??= listener(own);
  own.active = Math.min(own.active, Math.max(0, rows.length - 1));
  const narrow = own.width < NARROW;
  const row = narrow ? ROW + 16 : ROW;
  const label = narrow ? 0 : Math.min(340, Math.round(own.width * 0.32));
  Object.assign(own, { row, label, plot: Math.max(60, own.width - label - 12) });
  const first = Math.max(0, Math.floor(own.top / row) - 10);
  const last = Math.min(rows.length, Math.ceil((own.top + own.height) / row) + 10);
  const ticks = ticksOf(seen(own), own.plot, on.origin);
  const whole = rows.length * row + 4;
  const l = own.listen;
  const chosenRow = () => rows.find(each => each.key === on.chosen);
  return html`
    <div class="controls wf-tools" role="toolbar" aria-label="Time axis">
      <button type="button" @click=${() => zoomAt(own, chosenRow(), 0.5)} aria-label="Zoom in" title="Zoom in (+)">+</button>
      <button type="button" @click=${() => zoomAt(own, chosenRow(), 2)} aria-label="Zoom out" title="Zoom out (−)">−</button>
      <button type="button" @click=${() => pan(own, -0.5)} aria-label="Earlier" title="Earlier (Shift ←)">◀</button>
      <button type="button" @click=${() => pan(own, 0.5)} aria-label="Later" title="Later (Shift →)">▶</button>
      <button type="button" @click=${() => fit(own)} ?disabled=${!own.zoom} title="Show all of it (0)">Fit</button>
      <span class="faint">${format.duration(seen(own)[1] - seen(own)[0])} in sight${own.zoom ? '' : html`<span class="wf-hint">; drag or double-click to zoom</span>`}</span>
    </div>
    <div class="waterfall" tabindex="0" role="listbox" aria-label=${on.label} ${ref(l.mount)}
        aria-activedescendant=${rows.length ? `wf-${own.active}` : nothing}
        @scroll=${l.scroll} @keydown=${l.keys} @pointerdown=${l.down} @pointermove=${l.move} @pointerup=${l.up}
        @pointercancel=${l.cancel} @dblclick=${l.double} @wheel=${l.wheel}>
      <svg class="wf-axis" width=${own.width} height=${AXIS} aria-hidden="true">
        <rect class="wf-ground" width=${own.width} height=${AXIS}></rect>
        <svg x=${label} width=${own.plot + 12} height=${AXIS}>${ticks.map(tick => svg`
          <line class="wf-grid" x1=${tick.x} x2=${tick.x} y1="18" y2=${AXIS}></line>
          <text class="wf-tick" x=${tick.x + 4} y="16">${tick.text}</text>`)}</svg>
      </svg>
      <svg class="wf-rows" width=${own.width} height=${whole} role="presentation">
        <g aria-hidden="true">${ticks.map(tick => svg`<line class="wf-grid" x1=${label + tick.x} x2=${label + tick.x} y1="0" y2=${whole}></line>`)}</g>
        ${rows.slice(first, last).map((each, i) => drawRow(own, each, first + i, narrow))}
        ${own.brush ? svg`<rect class="wf-brush" x=${label + Math.min(own.brush.from, own.brush.to)} y="0"
          width=${Math.abs(own.brush.to - own.brush.from)} height=${whole}></rect>` : nothing}
      </svg>
    </div>`;
}

function drawRow(own, row, i, narrow) {
  const chosen = own.on.chosen === row.key;
  const y = i * own.row;
  const state = `${chosen ? 'chosen' : ''} ${i === own.active ? 'active' : ''}`;
  const left = 6 + row.depth * 14;
  const words = [row.label, row.hint, row.state, row.took == null ? '' : format.duration(row.took), row.note].filter(Boolean).join(', ');
  return svg`<g class="wf-row ${state}" id="wf-${i}" role="option" aria-selected=${chosen ? 'true' : 'false'}
      aria-setsize=${own.rows.length} aria-posinset=${i + 1} aria-label=${words}
      transform="translate(0 ${y})">
    <rect class="wf-line" width=${own.width} height=${own.row}></rect>
    <svg width=${narrow ? own.width : own.label - 8} height=${ROW}>
      ${row.expandable ? svg`<text class="wf-mark" x=${left} y="17">${row.expanded ? '▾' : '▸'}</text>` : nothing}
      <text class="wf-label" x=${left + 14} y="17">${format.clip(row.label, 80)}${row.hint
        ? svg`<tspan class="wf-faint" dx="6">${format.clip(row.hint, 60)}</tspan>` : nothing}</text>
    </svg>
    <svg x=${own.label} y=${narrow ? 16 : 0} width=${own.plot + 12} height=${ROW}>${bars(own, row)}</svg>
  </g>`;
}

function bars(own, row) {
  const [from, to] = seen(own);
  const scale = own.plot / (to - from);
  const drawn = [];
  let x0 = Infinity;
  let x1 = -Infinity;
  let widest = [0, 0];
  for (const each of row.segments) {
    if (each.to < from || each.from > to) continue;
    const a = Math.max(-4, (each.from - from) * scale);
    const b = Math.min(own.plot + 4, Math.max((each.to - from) * scale, a + 2));
    const thin = each.kind === 'waiting' || each.kind === 'ready' || each.kind === 'planned';
    drawn.push(svg`<rect class="wf-bar wf-${each.kind}" x=${a.toFixed(1)} y=${thin ? 10 : 6} rx="2"
      width=${(b - a).toFixed(1)} height=${thin ? 6 : 14}></rect>`);
    x0 = Math.min(x0, a);
    x1 = Math.max(x1, b);
    const [c, d] = [Math.max(a, 0), Math.min(b, own.plot)];
    if (!thin && d - c > widest[1] - widest[0]) widest = [c, d];
  }
  if (!row.segments.length) return nothing;
  if (!drawn.length) {
    const before = row.segments.at(-1).to < from;
    return svg`<text class="wf-text" x=${before ? 4 : own.plot} y="17" text-anchor=${before ? 'start' : 'end'}>${before ? '◂' : '▸'}</text>`;
  }
  return svg`${drawn}${caption(row, x0, x1, widest, own.plot)}`;
}

/** How long it took, beside the bar where there is room, else on it. */
function caption(row, x0, x1, widest, plot) {
  const plain = row.state === 'succeeded' || row.state === 'done';
  const text = [row.took == null ? '' : format.duration(row.took), plain ? '' : row.state, row.note].filter(Boolean).join(' · ');
  const room = text.length * 6.3 + 10;
  if (x1 + room < plot) return svg`<text class="wf-text" x=${x1 + 6} y="17">${text}</text>`;
  if (x0 - room > 0) return svg`<text class="wf-text" x=${x0 - 6} y="17" text-anchor="end">${text}</text>`;
  if (widest[1] - widest[0] > room) return svg`<text class="wf-on" x=${widest[0] + 6} y="17">${text}</text>`;
  return svg`<g><rect class="wf-plate" x=${Math.max(x0, 0) + 4} y="7" rx="2" width=${room - 4} height="12"></rect>
    <text class="wf-text" x=${Math.max(x0, 0) + 8} y="17">${text}</text></g>`;
}

const seen = own => own.zoom ?? own.extent;

const STEPS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 10e3, 15e3,
  30e3, 60e3, 120e3, 300e3, 600e3, 900e3, 1800e3, 3600e3, 7200e3, 3 * 3600e3, 6 * 3600e3, 12 * 3600e3, 86400e3, 2 * 86400e3,
  7 * 86400e3, 14 * 86400e3, 30 * 86400e3, 90 * 86400e3, 365 * 86400e3];

/** Where the axis is marked: round times after the task's begin. */
function ticksOf([from, to], plot, begin) {
  const most = Math.max(2, Math.floor(plot / 90));
  const step = STEPS.find(each => (to - from) / each <= most) ?? STEPS.at(-1) * 10;
  const ticks = [];
  for (let t = Math.ceil((from - begin) / step) * step; begin + t <= to && ticks.length < 60; t += step) {
    ticks.push({ x: Math.round(((begin + t - from) / (to - from)) * plot), text: t === 0 ? '0' : `${t < 0 ? '' : '+'}${format.duration(+t.toPrecision(9)).replace(/(\.\d*?)0+(?= )/, '$1').replace(/\.(?= )/, '')}` });
  }
  return ticks;
}

function zoom(own, factor, focus = 0.5) {
  const [from, to] = seen(own);
  const middle = from + (to - from) * focus;
  look(own, middle - (middle - from) * factor, middle + (to - middle) * factor);
}

/** Zooms towards a row's bar, if there is one; else into the middle. */
function zoomAt(own, row, factor) {
  if (!row?.segments.length) {
    zoom(own, factor);
    return;
  }
  const [from, to] = seen(own);
  const [a, b] = [row.segments[0].from, row.segments.at(-1).to];
  // What is longer than the sight is kept where it is.
  const middle = b - a > to - from ? (from + to) / 2 : (a + b) / 2;
  const half = ((to - from) / 2) * factor;
  look(own, middle - half, middle + half);
}

/** Shows a row's bar as large as there is room. */
function zoomTo(own, row) {
  if (!row?.segments.length) return;
  const [a, b] = [row.segments[0].from, row.segments.at(-1).to];
  const around = Math.max((b - a) * 0.15, 0.01);
  look(own, a - around, b + around);
}

function pan(own, part) {
  const [from, to] = seen(own);
  const by = (to - from) * part;
  look(own, from + by, to + by);
}

function look(own, from, to) {
  const [least, most] = own.extent;
  const whole = most - least;
  const span = Math.max(0.001, to - from);
  if (span >= whole * 1.2) {
    fit(own);
    return;
  }
  // It may be looked a little past the ends, not away from it.
  const begin = Math.min(Math.max(from, least - span / 2), most - span / 2);
  own.zoom = [begin, begin + span];
  own.on.redraw();
}

function fit(own) {
  own.zoom = null;
  own.on.redraw();
}

function listener(own) {
  let element = null;
  const sizes = new ResizeObserver(() => {
    if (!element) return;
    own.width = Math.max(280, element.clientWidth);
    own.height = element.clientHeight;
    own.on.redraw();
  });
  const rowAt = event => {
    const y = event.clientY - element.getBoundingClientRect().top + element.scrollTop - AXIS;
    return y < 0 ? -1 : Math.floor(y / own.row);
  };
  const plotX = event => event.clientX - element.getBoundingClientRect().left - own.label;
  const activate = i => {
    own.active = Math.max(0, Math.min(own.rows.length - 1, i));
    const y = own.active * own.row;
    if (y < element.scrollTop) element.scrollTop = y;
    if (y + own.row + AXIS > element.scrollTop + element.clientHeight) element.scrollTop = y + own.row + AXIS - element.clientHeight;
    own.top = element.scrollTop;
    own.on.redraw();
  };
  const press = event => {
    const row = own.rows[own.active];
    const page = Math.max(1, Math.floor(own.height / own.row) - 2);
    const keys = {
      ArrowDown: () => activate(own.active + 1),
      ArrowUp: () => activate(own.active - 1),
      PageDown: () => activate(own.active + page),
      PageUp: () => activate(own.active - page),
      Home: () => activate(0),
      End: () => activate(own.rows.length - 1),
      ArrowRight: () => event.shiftKey ? pan(own, 0.25) : row?.expandable && !row.expanded && own.on.toggle(row),
      ArrowLeft: () => event.shiftKey ? pan(own, -0.25) : row?.expandable && row.expanded && own.on.toggle(row),
      Enter: () => row && own.on.choose(row),
      ' ': () => row && own.on.choose(row),
      o: () => row && own.on.open(row),
      '+': () => zoomAt(own, row, 0.5),
      '=': () => zoomAt(own, row, 0.5),
      '-': () => zoomAt(own, row, 2),
      z: () => zoomTo(own, row),
      0: () => fit(own),
    };
    if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    keys[event.key]();
  };
  return {
    mount: found => {
      if (element === (found ?? null)) return;
      sizes.disconnect();
      element = found ?? null;
      if (!element) return;
      own.top = element.scrollTop;
      own.active = 0;
      sizes.observe(element);
    },
    scroll: () => { own.top = element.scrollTop; own.on.redraw(); },
    keys: press,
    down: event => {
      if (event.button !== 0 || event.clientX > element.getBoundingClientRect().left + element.clientWidth) return;
      own.pressed = { x: event.clientX, y: event.clientY, from: plotX(event) };
    },
    move: event => {
      if (!own.pressed || Math.abs(event.clientX - own.pressed.x) < 5 && !own.brush) return;
      if (own.pressed.from < 0) return;
      if (!own.brush) element.setPointerCapture(event.pointerId);
      own.brush = { from: own.pressed.from, to: Math.max(0, Math.min(own.plot, plotX(event))) };
      own.on.redraw();
    },
    up: event => {
      const { brush, pressed } = own;
      own.brush = null;
      own.pressed = null;
      if (!pressed) return;
      if (brush) {
        const [from, to] = seen(own);
        const scale = (to - from) / own.plot;
        if (Math.abs(brush.to - brush.from) >= 5) {
          look(own, from + Math.min(brush.from, brush.to) * scale, from + Math.max(brush.from, brush.to) * scale);
        }
        own.on.redraw();
        return;
      }
      const i = rowAt(event);
      const row = own.rows[i];
      if (!row || Math.abs(event.clientY - pressed.y) > 8) return;
      own.active = i;
      const x = plotX(event) + own.label;
      const mark = 6 + row.depth * 14;
      if (row.expandable && x >= mark - 6 && x <= mark + 14) own.on.toggle(row); else own.on.choose(row);
    },
    cancel: () => { own.brush = null; own.pressed = null; own.on.redraw(); },
    double: event => {
      const row = own.rows[rowAt(event)];
      if (row?.child) own.on.open(row); else zoomTo(own, row);
    },
    wheel: event => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      zoom(own, event.deltaY > 0 ? 1.25 : 0.8, Math.max(0, Math.min(1, plotX(event) / own.plot)));
    },
  };
}
