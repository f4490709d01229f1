// What a statement gave: a table that draws as many rows as are looked at, or a chart. Each result keeps elements of its own,
// which are drawn when something in it changes and not with the page.

import { html, nothing, render, tree, saveAs, toast } from './ui.js';
import * as format from './format.js';
import { kindOf, compare, shown, csv, json } from './sql.js';
import { Chart, chartable } from './result-chart.js';

/** Rows that are drawn at once; more come when the reader nears the end. */
const PAGE = 100;

/** Longest value that is shown whole in its cell. */
const LONG = 120;

export class Result {
  /**
   * @param {{columns: {name: string, type: string}[], rows: any[][], truncated: boolean}} data
   * @param {{view: 'table'|'chart', chart: object, name: string, keep: () => void}} settings  kept with the cell
   */
  constructor(data, settings) {
    this.data = data;
    this.settings = settings;
    this.kinds = data.columns.map(each => kindOf(each.type));
    this.order = data.rows;
    this.sorted = null;
    this.drawn = PAGE;
    this.element = document.createElement('div');
    this.element.className = 'result';
    this.bar = document.createElement('div');
    this.bar.className = 'result-bar';
    this.draw();
  }

  draw() {
    const { data, settings } = this;
    const chart = settings.view === 'chart' && chartable(data);
    if (chart) this.chart ??= new Chart(data, settings);
    else this.leave();
    render(html`${chartable(data) ? html`<div class="switch" role="group" aria-label="Show the result as">
          <button type="button" aria-pressed=${!chart} @click=${() => this.#show('table')}>Table</button>
          <button type="button" aria-pressed=${Boolean(chart)} @click=${() => this.#show('chart')}>Chart</button></div>` : nothing}
        <button type="button" class="link" @click=${() => saveAs(`${this.#file()}.csv`, 'text/csv;charset=utf-8', csv(this.#now()))}>CSV</button>
        <button type="button" class="link" @click=${() => saveAs(`${this.#file()}.json`, 'application/json', json(this.#now()))}>JSON</button>`, this.bar);
    render(chart ? this.chart.element : this.#table(), this.element);
  }

  /** After the result was taken from the page, or shows something else. */
  leave() {
    this.chart?.close();
    this.chart = null;
  }

  #show(view) {
    this.settings.view = view;
    this.settings.keep();
    this.draw();
  }

  #file() { return (this.settings.name || 'result').replace(/[^\w.-]+/g, '-').slice(0, 60); }

  #now() { return { columns: this.data.columns, rows: this.order }; }

  #sort(i) {
    const turn = this.sorted?.column !== i ? 'ascending' : this.sorted.turn === 'ascending' ? 'descending' : null;
    this.sorted = turn && { column: i, turn };
    const sign = turn === 'descending' ? -1 : 1;
    this.order = turn ? [...this.data.rows].sort((a, b) => a[i] === null || b[i] === null
      ? compare(a[i], b[i], this.kinds[i]) : sign * compare(a[i], b[i], this.kinds[i])) : this.data.rows;
    this.drawn = PAGE;
    this.draw();
  }

  #table() {
    const { columns } = this.data;
    return html`<div class="table grid" tabindex="0" role="region" aria-label="Rows of the result" @scroll=${this.#scrolled}><table>
      <caption class="hidden">Rows of the result</caption>
      <thead><tr>${columns.map((each, i) => html`<th scope="col" class=${this.kinds[i] === 'number' ? 'number' : ''}
        aria-sort=${this.sorted?.column === i ? this.sorted.turn : 'none'}>
        <button type="button" class="sort" title="Sort by ${each.name}" @click=${() => this.#sort(i)}>${format.visible(each.name)}<span
          class="mark" aria-hidden="true">${this.sorted?.column !== i ? '' : this.sorted.turn === 'ascending' ? '▲' : '▼'}</span></button>
        <span class="type">${each.type}</span></th>`)}</tr></thead>
      <tbody>${this.order.slice(0, this.drawn).map(row => html`<tr>${row.map((value, i) => this.#cell(value, i))}</tr>`)}</tbody>
    </table>${this.drawn < this.order.length ? html`<p class="more"><button type="button" class="link" @click=${() => this.#more()}>
      ${format.count(this.order.length - this.drawn)} more rows</button></p>` : nothing}</div>`;
  }

  #scrolled = event => {
    const box = event.target;
    if (this.drawn < this.order.length && box.scrollTop + box.clientHeight * 2 > box.scrollHeight) this.#more();
  };

  #more() {
    this.drawn = Math.min(this.order.length, this.drawn + PAGE);
    this.draw();
  }

  #cell(value, i) {
    if (value === null) return html`<td class="null ${this.kinds[i] === 'number' ? 'number' : ''}">null</td>`;
    if (this.kinds[i] === 'number') return html`<td class="number">${shown(value)}</td>`;
    if (this.kinds[i] === 'truth') return html`<td class="literal">${shown(value)}</td>`;
    const text = shown(value);
    const link = this.#link(text, i);
    if (link) return html`<td class="mono"><a href=${link} title=${text}>${format.clip(text, LONG)}</a></td>`;
    if (text.length <= LONG && !text.includes('\n')) return html`<td class=${this.kinds[i] === 'json' ? 'mono' : ''}>${format.visible(text)}</td>`;
    return html`<td class=${this.kinds[i] === 'json' ? 'mono' : ''}><button type="button" class="link long" title="Show the whole value"
      @click=${() => open(this.data.columns[i].name, value)}>${format.clip(text.replace(/\s*\n\s*/g, ' '), LONG)}</button></td>`;
  }

  /** From the row back to the picture: ids of tasks lead to the task. */
  #link(text, i) {
    const { name, type } = this.data.columns[i];
    return type === 'uuid' && /^(id|task|parent|root|forked_from)$/.test(name) && /^[0-9a-f]{8}-[0-9a-f]{4}-7/.test(text)
      ? `#/tasks/${text}` : null;
  }
}

/** One value, whole. */
function open(name, value) {
  const dialog = document.createElement('dialog');
  dialog.className = 'value';
  dialog.setAttribute('aria-labelledby', 'value-title');
  const text = typeof value === 'object' ? JSON.stringify(value, null, 2) : String(value);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      toast('Copied.');
    } catch {
      saveAs('value.txt', 'text/plain;charset=utf-8', text);
    }
  };
  render(html`<form method="dialog"><h2 id="value-title">${format.visible(name)} <span class="faint">${text.length.toLocaleString('en')} characters</span></h2>
    <div class="body" tabindex="0" role="region" aria-label="The value">${typeof value === 'object' ? tree(value, { open: 2 })
      : html`<pre>${format.visible(text.slice(0, 200_000))}</pre>`}</div>
    <footer><button type="button" @click=${copy}>Copy</button><button class="primary" autofocus>Close</button></footer></form>`, dialog);
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
