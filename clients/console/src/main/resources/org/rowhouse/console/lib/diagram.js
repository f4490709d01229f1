// Tables and what refers to what, as pictures: one table with its neighbours, or a whole schema by owner.

import { html, svg, nothing } from './ui.js';
import * as format from './format.js';

export const tableHash = (schema, name) => `#/tables/${encodeURIComponent(schema)}/${encodeURIComponent(name)}`;

/** What the three kinds of lines mean. */
export const KINDS = {
  constraint: 'a foreign key, which the database holds',
  convention: 'by convention: the columns’ comments say so, no constraint holds it',
  view: 'a view reads it',
};

export const legend = kinds => html`<ul class="dia-legend">${Object.keys(KINDS).filter(kind => kinds.has(kind)).map(kind => html`<li>
  <svg width="32" height="10" aria-hidden="true"><line class="dia-line dia-${kind}" x1="0" y1="5" x2="32" y2="5"></line></svg>${KINDS[kind]}</li>`)}</ul>`;

export const same = (one, schema, name, end) => one[`${end}_schema`] === schema && one[`${end}_table`] === name;

const clipped = (text, most) => text.length > most ? `${text.slice(0, most - 1)}…` : text;

// Heads of the lines; each diagram has its own, since ids are the page's.
const arrow = id => svg`<defs><marker id=${id} viewBox="0 0 8 8" refX="7" refY="4" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto-start-reverse">
  <path class="dia-head" d="M0 0 L8 4 L0 8 z"></path></marker></defs>`;

// One table in the middle, what refers to it on the left, what it refers to on the right.

const BOX = { width: 190, height: 30, gap: 12 };
const MIDDLE = { width: 210, x: 330, row: 20 };

export function neighbours(table, relations) {
  const at = (one, end) => same(one, table.schema, table.name, end);
  const to = relations.filter(one => at(one, 'from') && !at(one, 'to'));
  const from = relations.filter(one => at(one, 'to') && !at(one, 'from'));
  const self = relations.filter(one => at(one, 'to') && at(one, 'from'));
  const used = new Set([...to, ...self].flatMap(one => one.from_columns).concat([...from, ...self].flatMap(one => one.to_columns)));
  const order = table.columns.map(each => each.name).filter(name => used.has(name));
  const left = boxes(from, 'from', one => one.to_columns, order);
  const right = boxes(to, 'to', one => one.from_columns, order);
  const middle = 40 + order.length * MIDDLE.row + 8;
  const tall = Math.max(left.length, right.length, 1) * (BOX.height + BOX.gap) - BOX.gap;
  const height = Math.max(tall, middle) + 24;
  const top = (height - middle) / 2;
  const columnY = names => names.length ? top + 40 + (order.indexOf(names.at(-1)) + 0.5) * MIDDLE.row : top + 20;
  const boxY = (list, i) => (height - list.length * (BOX.height + BOX.gap) + BOX.gap) / 2 + i * (BOX.height + BOX.gap);
  const edge = MIDDLE.x + MIDDLE.width;
  const rightX = edge + 140;
  const width = rightX + BOX.width + 2;
  const line = (one, d) => svg`<path class="dia-line dia-${one.kind}" marker-end="url(#dia-head-one)" d=${d}></path>`;
  return html`<div class="dia-scroll" tabindex="0" role="region" aria-label="Diagram of ${format.visible(table.name)}">
    <svg class="dia" viewBox="0 0 ${width} ${height}" width=${width} height=${height} role="group" aria-label="${format.visible(table.name)} with ${left.length + right.length} neighbours">
      ${arrow('dia-head-one')}
      ${left.map((box, i) => box.lines.map((one, k) => line(one, curve(BOX.width, boxY(left, i) + port(box, k), MIDDLE.x, columnY(one.to_columns)))))}
      ${right.map((box, i) => box.lines.map((one, k) => line(one, curve(edge, columnY(one.from_columns), rightX, boxY(right, i) + port(box, k)))))}
      ${self.map((one, i) => line(one, loop(edge, columnY(one.from_columns), columnY(one.to_columns), 24 + 12 * i)))}
      ${left.map((box, i) => neighbour(box, table.schema, 0, boxY(left, i)))}
      ${right.map((box, i) => neighbour(box, table.schema, rightX, boxY(right, i)))}
      <rect class="dia-box dia-middle" x=${MIDDLE.x} y=${top} width=${MIDDLE.width} height=${middle} rx="6"></rect>
      <text class="dia-name" x=${MIDDLE.x + 12} y=${top + 24}>${clipped(format.visible(table.name), 26)}</text>
      <line class="dia-rule" x1=${MIDDLE.x} x2=${edge} y1=${top + 36} y2=${top + 36}></line>
      ${order.map((name, i) => svg`<text class="dia-column" x=${MIDDLE.x + 12} y=${top + 40 + (i + 0.5) * MIDDLE.row + 4}>${clipped(format.visible(name), 28)}</text>`)}
    </svg></div>`;
}

/** One box for each neighbour, in the order of the columns that its lines lead to, so that lines seldom cross. */
function boxes(relations, end, columns, order) {
  const found = new Map();
  for (const one of relations) {
    const key = JSON.stringify([one[`${end}_schema`], one[`${end}_table`]]);
    if (!found.has(key)) found.set(key, { schema: one[`${end}_schema`], name: one[`${end}_table`], lines: [] });
    found.get(key).lines.push(one);
  }
  const place = one => columns(one).length ? order.indexOf(columns(one).at(-1)) : -1;
  found.forEach(box => box.lines.sort((a, b) => place(a) - place(b)));
  const mean = box => box.lines.reduce((sum, one) => sum + place(one), 0) / box.lines.length;
  return [...found.values()].sort((a, b) => mean(a) - mean(b) || (a.name < b.name ? -1 : 1))
    .map(box => ({ ...box, by: [...new Set(box.lines.flatMap(one => one[`${end}_columns`]))] }));
}

/** Where a line meets the side of a box that has several. */
const port = (box, k) => BOX.height * (k + 1) / (box.lines.length + 1);

function neighbour({ schema, name, by }, home, x, y) {
  const full = (schema === home ? '' : `${schema}.`) + name;
  const label = `${full}${by.length ? `, by ${by.join(', ')}` : ''}`;
  return svg`<a href=${tableHash(schema, name)} class="dia-link" aria-label=${label}>
    <title>${label}</title>
    <rect class="dia-box" x=${x + 1} y=${y} width=${BOX.width - 2} height=${BOX.height} rx="6"></rect>
    <text class="dia-name" x=${x + 12} y=${y + 19}>${clipped(format.visible(full), 25)}</text></a>`;
}

const curve = (x1, y1, x2, y2) => `M${x1} ${y1} C${x1 + (x2 - x1) / 2} ${y1} ${x1 + (x2 - x1) / 2} ${y2} ${x2} ${y2}`;

const loop = (x, y1, y2, out) => `M${x} ${y1} C${x + out} ${y1} ${x + out} ${y2} ${x} ${y2 + (y1 === y2 ? 8 : 0)}`;

// A whole schema: a field for each owner, boxes within.

const CELL = { width: 176, height: 36, gap: 12, aside: 56 };
/** How much taller one side of the picture may be than the other before the next field goes there. */
const SIDES_MOST = 400;
const FIELD = { pad: 16, head: 30, gap: 36, aside: 110 };

/** Where everything stands: the owner with the most tables in the middle, the others in the columns beside it. */
export function layout(tables, relations) {
  const degree = name => relations.filter(one => one.from_table === name || one.to_table === name).length;
  const fields = [...grouped(tables)].map(([owner, inside]) => ({ owner, ...sizeOf(inside.length),
    inside: [...inside].sort((a, b) => degree(b.name) - degree(a.name) || (a.name < b.name ? -1 : 1)) }))
    .sort((a, b) => b.inside.length - a.inside.length);
  const columns = [[], [], []];
  const tall = column => column.reduce((sum, each) => sum + each.height + FIELD.gap, 0);
  fields.forEach((each, i) => columns[i === 0 ? 1 : side(each, fields[0], relations, tall(columns[0]) - tall(columns[2]))].push(each));
  const height = Math.max(...columns.map(tall)) - FIELD.gap;
  let x = 0;
  for (const column of columns) {
    const width = Math.max(0, ...column.map(each => each.width));
    column.forEach(each => { each.x = x + (width - each.width) / 2; });
    if (column.length) x += width + FIELD.aside;
  }
  const found = new Map();
  const meanY = table => {
    const others = relations.flatMap(one => one.from_table === table.name ? [one.to_table] : one.to_table === table.name ? [one.from_table] : [])
      .map(name => found.get(name)?.y).filter(y => y !== undefined);
    return others.length ? others.reduce((sum, y) => sum + y, 0) / others.length : Number.MAX_VALUE;
  };
  // The middle first: those beside it stand in the order of what they refer to there.
  for (const column of [columns[1], columns[0], columns[2]]) {
    let y = (height - tall(column) + FIELD.gap) / 2;
    for (const each of column) {
      each.y = y;
      y += each.height + FIELD.gap;
      if (column !== columns[1]) each.inside.sort((a, b) => meanY(a) - meanY(b));
      each.inside.forEach((table, i) => found.set(table.name, { table,
        x: each.x + FIELD.pad + (i % each.across) * (CELL.width + CELL.aside),
        y: each.y + FIELD.head + Math.floor(i / each.across) * (CELL.height + CELL.gap) }));
    }
  }
  return { fields, boxes: found, width: Math.max(1, x - FIELD.aside), height: Math.max(1, height) };
}

/** The column of a field: on the side of what it has to do with in the middle, unless that one is much taller already. */
function side(each, middle, relations, leftTaller) {
  const mine = new Set(each.inside.map(table => table.name));
  const places = relations.flatMap(one => mine.has(one.from_table) ? [one.to_table] : mine.has(one.to_table) ? [one.from_table] : [])
    .map(name => middle.inside.findIndex(table => table.name === name)).filter(i => i >= 0).map(i => i % middle.across / Math.max(1, middle.across - 1));
  const mean = places.length ? places.reduce((sum, x) => sum + x, 0) / places.length : 0.5;
  if (Math.abs(leftTaller) > SIDES_MOST) return leftTaller > 0 ? 2 : 0;
  return mean < 0.5 || (mean === 0.5 && leftTaller <= 0) ? 0 : 2;
}

function grouped(tables) {
  const owners = new Map();
  for (const each of tables) {
    const owner = each.owner ?? each.schema;
    owners.set(owner, [...owners.get(owner) ?? [], each]);
  }
  return owners;
}

function sizeOf(count) {
  const across = Math.min(4, Math.ceil(count / 11));
  const down = Math.ceil(count / across);
  return { across, width: across * CELL.width + (across - 1) * CELL.aside + 2 * FIELD.pad,
    height: FIELD.head + down * (CELL.height + CELL.gap) - CELL.gap + FIELD.pad };
}

/** From the side of one box that looks at the other to the other's. */
function between(a, b) {
  const middle = box => box.x + CELL.width / 2;
  const y1 = a.y + CELL.height / 2;
  const y2 = b.y + CELL.height / 2;
  if (a === b) return `M${a.x + CELL.width} ${y1 - 6} C${a.x + CELL.width + 22} ${y1 - 10} ${a.x + CELL.width + 22} ${y1 + 10} ${a.x + CELL.width} ${y1 + 6}`;
  if (Math.abs(middle(a) - middle(b)) < CELL.width / 2) {
    const x = a.x + CELL.width;
    const out = 18 + Math.min(40, Math.abs(y2 - y1) / 8);
    return `M${x} ${y1} C${x + out} ${y1} ${x + out} ${y2} ${x} ${y2}`;
  }
  const right = middle(b) > middle(a);
  return curve(right ? a.x + CELL.width : a.x, y1, right ? b.x : b.x + CELL.width, y2);
}

/**
 * @param {{schema: string, plan: ReturnType<typeof layout>, relations: any[], sight: Sight, chosen: string|null,
 *          choose: (name: string|null) => void}} about
 */
export function whole({ schema, plan, relations, sight, chosen, choose }) {
  const near = chosen && new Set(relations.filter(one => one.from_table === chosen || one.to_table === chosen).flatMap(one => [one.from_table, one.to_table]));
  const dim = name => near && name !== chosen && !near.has(name) ? 'dim' : '';
  const lineClass = one => !chosen ? '' : one.from_table === chosen || one.to_table === chosen ? 'near' : 'dim';
  return html`<div class="dia-whole">
    <div class="dia-tools"><button type="button" aria-label="Closer" title="Closer (+)" @click=${() => sight.zoom(1 / 1.3)}>+</button>
      <button type="button" aria-label="Farther" title="Farther (−)" @click=${() => sight.zoom(1.3)}>−</button>
      <button type="button" title="Show all (0)" @click=${() => sight.all()}>All</button></div>
    <svg class="dia" viewBox=${sight.viewBox()} preserveAspectRatio="xMidYMid meet" tabindex="0" role="group"
      aria-label="Tables of ${schema} and what refers to what. Arrow keys move, plus and minus change the scale."
      @pointerdown=${sight.down} @pointermove=${sight.moved} @pointerup=${sight.up} @pointercancel=${sight.up} @dragstart=${e => e.preventDefault()} @wheel=${sight.wheel} @keydown=${sight.key} @click=${sight.click}>
      ${arrow('dia-head-all')}
      ${plan.fields.map(each => svg`<rect class="dia-field" x=${each.x} y=${each.y} width=${each.width} height=${each.height} rx="10"></rect>
        <text class="dia-owner" x=${each.x + FIELD.pad} y=${each.y + 20}>${format.visible(each.owner)}</text>`)}
      ${relations.map(one => {
    const a = plan.boxes.get(one.from_table);
    const b = plan.boxes.get(one.to_table);
    return a && b ? svg`<path class="dia-line dia-${one.kind} ${lineClass(one)}" marker-end="url(#dia-head-all)" d=${between(a, b)}></path>` : nothing;
  })}
      ${[...plan.boxes.values()].map(({ table, x, y }) => svg`<a href=${tableHash(table.schema, table.name)} class="dia-link ${dim(table.name)}"
        aria-label="${table.kind} ${format.visible(table.name)}" @pointerenter=${() => choose(table.name)} @pointerleave=${() => choose(null)}
        @focus=${() => choose(table.name)} @blur=${() => choose(null)}>
        <title>${format.visible(table.comment ?? table.name)}</title>
        <rect class="dia-box ${table.kind === 'view' ? 'dia-view' : ''}" x=${x} y=${y} width=${CELL.width} height=${CELL.height} rx="6"></rect>
        <text class="dia-name" x=${x + 10} y=${y + 15}>${clipped(format.visible(table.name), 22)}</text>
        <text class="dia-note" x=${x + 10} y=${y + 28}>${table.kind === 'view' ? 'view' : `≈ ${format.count(table.rows_estimated)} rows`}</text></a>`)}
    </svg></div>`;
}

/** Which part of a large picture is seen: moved by dragging and by arrow keys, scaled by Ctrl and the wheel, two fingers, + and −. */
export class Sight {
  constructor(redraw) {
    this.redraw = redraw;
    this.fingers = new Map();
    this.dragged = 0;
  }

  /** Takes a new picture; the part that is seen stays if the picture is the same. */
  take(width, height) {
    if (this.width === width && this.height === height) return;
    this.width = width;
    this.height = height;
    this.all();
    // On a phone the whole would be too small to read: begin in the middle.
    if (matchMedia('(max-width: 640px)').matches) this.zoom(Math.min(1, 420 / this.wide));
  }

  all() {
    this.x = -20;
    this.y = -20;
    this.wide = this.width + 40;
    this.redraw();
  }

  viewBox() { return `${this.x.toFixed(1)} ${this.y.toFixed(1)} ${this.wide.toFixed(1)} ${((this.height + 40) * this.wide / (this.width + 40)).toFixed(1)}`; }

  zoom(factor, x = this.x + this.wide / 2, y = this.y + (this.height + 40) * this.wide / (this.width + 40) / 2) {
    const wide = Math.min(this.width * 3 + 400, Math.max(240, this.wide * factor));
    const real = wide / this.wide;
    this.x = x - (x - this.x) * real;
    this.y = y - (y - this.y) * real;
    this.wide = wide;
    this.redraw();
  }

  #at(event) {
    const picture = event.currentTarget;
    return new DOMPoint(event.clientX, event.clientY).matrixTransform(picture.getScreenCTM().inverse());
  }

  down = event => {
    if (event.button !== 0) return;
    this.fingers.set(event.pointerId, this.#at(event));
    this.dragged = 0;
  };

  moved = event => {
    const was = this.fingers.get(event.pointerId);
    if (!was) return;
    const now = this.#at(event);
    if (this.fingers.size === 2) {
      const [other] = [...this.fingers].filter(([id]) => id !== event.pointerId).map(([, point]) => point);
      const apart = point => Math.hypot(point.x - other.x, point.y - other.y);
      this.fingers.set(event.pointerId, now);
      this.dragged = 99;
      this.zoom(apart(was) / Math.max(1, apart(now)), other.x, other.y);
      return;
    }
    this.dragged += Math.hypot(event.movementX, event.movementY);
    if (this.dragged < 4) return;
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) event.currentTarget.setPointerCapture(event.pointerId);
    // The point that was taken hold of stays under the pointer.
    this.x -= now.x - was.x;
    this.y -= now.y - was.y;
    this.redraw();
  };

  up = event => { this.fingers.delete(event.pointerId); };

  /** Letting go after a drag follows no link. */
  click = event => { if (this.dragged >= 4) { event.preventDefault(); event.stopPropagation(); } };

  wheel = event => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const at = this.#at(event);
    this.zoom(Math.exp(event.deltaY / 300), at.x, at.y);
  };

  key = event => {
    const step = this.wide / 10;
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    if (moves[event.key]) {
      this.x += moves[event.key][0];
      this.y += moves[event.key][1];
      this.redraw();
    } else if (event.key === '+' || event.key === '=') this.zoom(1 / 1.3);
    else if (event.key === '-') this.zoom(1.3);
    else if (event.key === '0') this.all();
    else return;
    event.preventDefault();
  };
}
