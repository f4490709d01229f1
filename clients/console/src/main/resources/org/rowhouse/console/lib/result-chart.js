// A result as a chart: lines over a time or a number, bars for a category.

import { html, svg, nothing, render } from './ui.js';
import * as format from './format.js';
import { style } from './assets.js';
import { kindOf, shown, timeOf } from './sql.js';

const UPLOT = '/console/vendor/uplot/dist';
const SERIES_MOST = 8;
const BARS_MOST = 60;
const HEIGHT = 280;

const numbers = data => data.columns.flatMap((each, i) => kindOf(each.type) === 'number' ? [i] : []);

/** Whether there is something to draw: a number for each row, and more than one row. */
export const chartable = data => data.rows.length > 1 && numbers(data).length > 0;

/** What stands along the axis when the reader has not chosen: a time, else a category, else the first of several numbers. */
function usualAxis(data) {
  const kinds = data.columns.map(each => kindOf(each.type));
  const time = kinds.indexOf('time');
  if (time >= 0) return time;
  if (kinds[0] === 'number' && numbers(data).length > 1) return 0;
  return kinds.findIndex(kind => kind !== 'number');
}

export class Chart {
  constructor(data, settings) {
    this.data = data;
    this.settings = settings;
    this.element = document.createElement('div');
    this.element.className = 'chart';
    this.plotBox = document.createElement('div');
    this.plotBox.className = 'plot';
    this.sized = new ResizeObserver(() => this.plot?.setSize({ width: this.#width(), height: HEIGHT }));
    this.sized.observe(this.plotBox);
    this.themed = new MutationObserver(() => this.draw());
    this.themed.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    this.closed = new AbortController();
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.draw(), { signal: this.closed.signal });
    this.draw();
  }

  close() {
    this.sized.disconnect();
    this.themed.disconnect();
    this.closed.abort();
    this.plot?.destroy();
    this.plot = null;
  }

  #choice() {
    const { columns } = this.data;
    const kept = this.settings.chart ?? {};
    const named = columns.findIndex(each => each.name === kept.axis);
    const axis = kept.axis === '' ? -1 : named >= 0 ? named : usualAxis(this.data);
    const all = numbers(this.data).filter(i => i !== axis);
    const chosen = all.filter(i => kept.series?.includes(columns[i].name));
    return { axis, all, series: (chosen.length ? chosen : all).slice(0, SERIES_MOST) };
  }

  #choose(change) {
    this.settings.chart = { ...this.settings.chart, ...change };
    this.settings.keep();
    this.draw();
  }

  draw() {
    const { columns } = this.data;
    const { axis, all, series } = this.#choice();
    const lines = axis < 0 || kindOf(columns[axis].type) === 'time' || kindOf(columns[axis].type) === 'number';
    const toggle = i => this.#choose({ series: all.filter(each => (each === i) !== series.includes(each)).map(each => columns[each].name) });
    render(html`<div class="controls chart-bar">
        <label>Along <select @change=${e => this.#choose({ axis: e.target.value, series: null })}>
          <option value="" ?selected=${axis < 0}>number of the row</option>
          ${columns.map((each, i) => html`<option value=${each.name} ?selected=${i === axis}>${each.name}</option>`)}</select></label>
        ${all.length > 1 && !lines ? html`<label>Of <select @change=${e => this.#choose({ series: [e.target.value] })}>
          ${all.map(i => html`<option value=${columns[i].name} ?selected=${i === series[0]}>${columns[i].name}</option>`)}</select></label>` : nothing}
        ${all.length > 1 && lines ? html`<fieldset class="series"><legend class="hidden">Series</legend>${all.map(i => html`<label class="tick">
          <input type="checkbox" .checked=${series.includes(i)} @change=${() => toggle(i)}>
          <span class="swatch swatch-${series.indexOf(i) + 1}" aria-hidden="true"></span>${columns[i].name}</label>`)}</fieldset>` : nothing}
      </div>
      ${series.length === 0 ? html`<p class="empty">Beside ${columns[axis].name} there is no number to draw.</p>` : nothing}
      ${series.length && !lines ? this.#bars(axis, series[0]) : nothing}
      ${series.length && lines ? this.plotBox : nothing}`, this.element);
    this.plot?.destroy();
    this.plot = null;
    if (series.length && lines) this.#lines(axis, series);
  }

  #width() { return Math.max(240, this.plotBox.clientWidth); }

  async #lines(axis, series) {
    const turn = this.turn = {};
    style(`${UPLOT}/uPlot.min.css`);
    const { default: UPlot } = await import('../vendor/uplot/dist/uPlot.esm.js');
    if (this.turn !== turn) return;
    const { columns, rows } = this.data;
    const time = axis >= 0 && kindOf(columns[axis].type) === 'time';
    const at = (row, i) => axis < 0 ? i + 1 : row[axis] === null ? null : time ? timeOf(row[axis]) / 1000 : Number(row[axis]);
    const points = rows.map((row, i) => [at(row, i), row]).filter(([x]) => Number.isFinite(x)).sort((a, b) => a[0] - b[0]);
    const columnsOf = series.map(i => points.map(([, row]) => row[i] === null || !Number.isFinite(Number(row[i])) ? null : Number(row[i])));
    const look = getComputedStyle(document.documentElement);
    const color = name => look.getPropertyValue(name).trim();
    const axisLook = { stroke: color('--faint'), grid: { stroke: color('--line'), width: 1 }, ticks: { stroke: color('--line'), width: 1 }, font: `12px ${color('--sans')}` };
    this.plotBox.replaceChildren();
    this.plotBox.setAttribute('role', 'img');
    this.plotBox.setAttribute('aria-label', `Lines of ${series.map(i => columns[i].name).join(', ')} over ${axis < 0 ? 'the rows' : columns[axis].name}; the table has the same numbers.`);
    this.plot = new UPlot({
      width: this.#width(),
      height: HEIGHT,
      scales: { x: { time } },
      cursor: { drag: { x: true, y: false } },
      axes: [time ? { ...axisLook, space: 90, values: (_, ticks, __, ___, step) => ticks.map(tick => moment(tick, step)) } : axisLook, { ...axisLook, size: 64, values: (_, ticks) => ticks.map(tick => Math.abs(tick) < 1000 ? String(+tick.toPrecision(4)) : format.count(tick)) }],
      series: [{ label: axis < 0 ? 'row' : columns[axis].name, value: (_, v) => v == null ? '–' : time ? format.time(v * 1000) : String(v) },
        ...series.map((i, k) => ({ label: columns[i].name, stroke: color(`--series-${k + 1}`), width: 1.5,
          points: { show: points.length <= 60 }, value: (_, v) => v == null ? '–' : String(v) }))],
    }, [points.map(([x]) => x), ...columnsOf], this.plotBox);
  }

  #bars(axis, series) {
    const { columns, rows } = this.data;
    const values = rows.map(row => row[series] === null ? null : Number(row[series]));
    const most = Math.max(0, ...values.filter(Number.isFinite));
    const least = Math.min(0, ...values.filter(Number.isFinite));
    const x = value => 100 * (value - least) / (most - least || 1);
    return html`<ol class="bars" aria-label="${columns[series].name} by ${columns[axis].name}">${rows.slice(0, BARS_MOST).map((row, k) => html`<li>
        <span class="bar-name" title=${format.visible(shown(row[axis]))}>${row[axis] === null ? html`<span class="null">null</span>` : format.clip(shown(row[axis]), 40)}</span>
        <svg class="bar-line" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">${Number.isFinite(values[k]) ? bar(x(Math.min(0, values[k])), x(Math.max(0, values[k]))) : nothing}</svg>
        <span class="number">${row[series] === null ? 'null' : shown(row[series])}</span></li>`)}</ol>
      ${rows.length > BARS_MOST ? html`<p class="faint more">The first ${BARS_MOST} of ${format.count(rows.length)} rows.</p>` : nothing}`;
  }
}

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const clockSeconds = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const month = new Intl.DateTimeFormat('en-GB', { month: 'short', year: 'numeric' });

/** A tick of a time axis, as fine as the steps are; midnight shows its day. */
function moment(seconds, step) {
  const at = new Date(seconds * 1000);
  if (step >= 27 * 86400) return month.format(at);
  if (step >= 86400 || (at.getHours() === 0 && at.getMinutes() === 0 && at.getSeconds() === 0)) return day.format(at);
  return (step >= 60 ? clock : clockSeconds).format(at);
}

const bar = (from, to) => svg`<rect x=${from.toFixed(2)} width=${Math.max(0.3, to - from).toFixed(2)} height="10"></rect>`;
