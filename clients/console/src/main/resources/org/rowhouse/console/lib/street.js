// The nodes of the cluster as rows of houses: a house is a node, its windows are its cores, and what is lit there runs there.

import { html, svg, nothing, repeat, badge } from './ui.js';
import { guard } from '../vendor/lit-html/directives/guard.js';
import * as format from './format.js';

/** With more nodes than this, houses are drawn small, with a level in place of windows. */
const LARGE_MAX = 60;
const WINDOWS_MAX = 24;
const COLOURS = 6;
/** Room for smoke above a roof. */
const SKY = 12;

/** A function keeps its colour for as long as the console is open, so that nothing changes colour before the reader's eyes. */
const colours = new Map();

const nameOf = f => `${f.component}/${f.function}`;

function colourOf(f) {
  const name = nameOf(f);
  if (!colours.has(name)) colours.set(name, colours.size < COLOURS ? colours.size + 1 : 0);
  return colours.get(name);
}

const STATES = {
  up: ['', ''], cordoned: ['cordoned', 'warn'], draining: ['draining', 'warn'], drained: ['drained', 'warn'],
  silent: ['silent', 'bad'], dead: ['found dead', 'bad'], simulated: ['simulated', ''],
};

export const stateBadge = name => STATES[name]?.[0] ? badge(STATES[name][0], STATES[name][1]) : badge('up', 'good');

/** What a row of `node` says of the node's state, in the words of /load. */
export function stateOf(node) {
  if (node.ended_at) return node.ended_by === 'lease' ? 'dead' : 'ended';
  if (node.simulated) return 'simulated';
  if (node.alive === false) return 'silent';
  return node.drained_at ? 'drained' : node.draining_at ? 'draining' : node.cordoned_at ? 'cordoned' : 'up';
}

/**
 * All of it.
 *
 * @param {any} load  what GET /load answers
 */
export const street = load => guard([load], () => {
  load.functions.slice(0, COLOURS).forEach(colourOf);
  const zones = Map.groupBy(load.nodes, node => node.zone);
  const small = load.nodes.length > LARGE_MAX;
  const scale = load.nodes.length <= 12 ? 1.4 : load.nodes.length <= 30 ? 1.15 : 1;
  return html`<div class=${small ? 'zones small-zones' : 'zones'}>${[...zones].map(([zone, nodes]) => html`<section class="zone" aria-label="Zone ${zone}">
      <h3>${format.visible(zone)} <span class="zone-note">${summary(nodes)}</span></h3>
      <ul class=${small ? 'street small' : 'street'}>${repeat(nodes, node => `${node.name} ${node.state}`,
        node => html`<li>${small ? smallHouse(node, load.functions) : house(node, load.functions, scale)}</li>`)}</ul></section>`)}</div>
    ${legend(load, small)}`;
});

const sum = (nodes, field) => nodes.reduce((total, node) => total + (node[field] ?? 0), 0);
const cores = node => (node.cores_milli ?? 0) / 1000;

function summary(nodes) {
  const tiers = [...Map.groupBy(nodes, node => node.tier)].map(([tier, all]) => `${format.count(all.length)} ${tier}`).join(', ');
  const devices = sum(nodes, 'devices');
  return `${tiers} · ${format.count(sum(nodes, 'running'))} run on ${format.count(Math.round(sum(nodes, 'cores_milli') / 1000))} cores${
    devices ? ` · ${format.count(devices)} devices` : ''}`;
}

function legend(load, small) {
  const shown = load.functions.filter(f => colourOf(f) > 0).slice(0, COLOURS);
  const others = load.functions.filter(f => colourOf(f) === 0);
  return html`<div class="legend">
    ${shown.map(f => html`<a class="key-of lit-${colourOf(f)}" href="#/tasks?state=running&component=${encodeURIComponent(f.component)}&function=${encodeURIComponent(f.function)}">${format.clip(nameOf(f), 40)} <span class="faint">${format.count(f.tasks)}</span></a>`)}
    ${others.length ? html`<span class="key-of lit-0">others <span class="faint">${format.count(sum(others, 'tasks'))}</span></span>` : nothing}
    <span class="faint">${small ? 'A house is a node: the more of its cores have a task, the higher it is lit.'
      : 'A house is a node, a window a core of it (the largest have more cores than windows); lit: a task runs there; smoke: tasks end there.'}</span></div>`;
}

/** How many of the windows each function lights; the largest first. */
function lights(node, functions, windows) {
  const running = node.running ?? 0;
  if (!running) return [];
  const lit = Math.min(windows, Math.max(1, Math.ceil(running * windows / Math.max(1, cores(node)))));
  const found = [];
  const pairs = [...node.work ?? []].sort((a, b) => b[1] - a[1]);
  // Of many tasks only some were looked at: the parts are shares of these.
  const sample = pairs.reduce((total, pair) => total + pair[1], 0);
  for (const [place, count] of pairs) {
    if (found.length >= lit) break;
    const share = Math.max(1, Math.round(lit * count / sample));
    const colour = place == null ? 0 : colourOf(functions[place]);
    for (let i = 0; i < share && found.length < lit; i++) found.push(colour);
  }
  while (found.length < lit) found.push(0);
  return found;
}

function words(node) {
  const running = node.running ?? 0;
  const what = node.state === 'dead' ? `found dead ${format.ago(node.ended_at)}`
    : `${format.count(running)} ${running === 1 ? 'task runs' : 'tasks run'} on ${format.cores(node.cores_milli)} cores`;
  const pace = node.ended_per_s ? `, ${format.rate(node.ended_per_s)} tasks end there a second` : '';
  const devices = node.devices ? `, ${node.devices} ${node.devices === 1 ? 'device' : 'devices'}` : '';
  const state = STATES[node.state]?.[0];
  return `${format.visible(node.name)}, ${node.tier} in ${node.zone}: ${what}${pace}${devices}${state && node.state !== 'dead' ? `, ${state}` : ''}`;
}

const hrefOf = node => `#/nodes/${encodeURIComponent(node.name)}`;

function house(node, functions, scale) {
  const running = node.running ?? 0;
  return html`<a class="house is-${node.state}" href=${hrefOf(node)} title=${words(node)}>
    ${facade(node, functions, scale)}
    <span class="house-name">${format.visible(node.name)}</span>
    <span class="house-note">${node.state === 'simulated' ? 'simulated' : STATES[node.state]?.[0] ? html`<span class="house-state">${STATES[node.state][0]}</span>`
      : html`${format.count(running)} of ${format.cores(node.cores_milli)}${node.ended_per_s ? ` · ${format.rate(node.ended_per_s)}/s` : nothing}`}</span>
    <span class="hidden">${words(node)}</span></a>`;
}

/** The picture of one node; `scale` 1 is as in a row. */
export function facade(node, functions, scale = 1) {
  const windows = Math.max(1, Math.min(WINDOWS_MAX, Math.ceil(cores(node))));
  const columns = windows <= 2 ? windows + (windows === 1 ? 1 : 0) : windows <= 8 ? 2 : windows <= 15 ? 3 : 4;
  const rows = Math.ceil(windows / columns);
  const width = Math.max(34, columns * 12 + 10);
  const inset = (width - columns * 12 + 4) / 2;
  const top = 16;
  const ground = 22;
  const device = node.devices ? 8 : 0;
  const height = top + 5 + device + rows * 14 + ground;
  const lit = lights(node, functions, windows);
  const panes = [];
  // Lit from the ground up, as people come home.
  for (let i = 0; i < windows; i++) {
    const row = rows - 1 - Math.floor(i / columns);
    panes.push(svg`<rect class=${lit[i] === undefined ? 'pane' : `pane lit-${lit[i]}`} x=${inset + (i % columns) * 12} y=${top + 5 + device + row * 14} width="8" height="10" rx="1"></rect>`);
  }
  return html`<svg class="facade" width=${width * scale} height=${(height + SKY + 1) * scale} viewBox="0 ${-SKY} ${width} ${height + SKY + 1}" aria-hidden="true">
    ${smoke(node, width)}
    <path class="roof" d=${roof(node.tier, width, top)}></path>
    <rect class="wall" x="0.5" y=${top} width=${width - 1} height=${height - top}></rect>
    ${node.devices ? Array.from({ length: Math.min(node.devices, Math.floor((width - 8) / 6)) }, (_, i) =>
      svg`<rect class="gadget" x=${5 + i * 6} y=${top + 3} width="4" height="4" rx="1"></rect>`) : nothing}
    ${panes}
    <rect class="door" x=${width / 2 - 5} y=${height - 16} width="10" height="16"></rect>
    ${node.state === 'cordoned' || node.state === 'draining' || node.state === 'drained'
      ? svg`<path class="plank" d="M${width / 2 - 9},${height - 4}L${width / 2 + 9},${height - 12}M${width / 2 - 9},${height - 12}L${width / 2 + 9},${height - 4}"></path>` : nothing}
    ${node.state === 'dead' || node.state === 'silent'
      ? svg`<path class="board" d="M4,${top + 6}L${width - 4},${height - 6}M${width - 4},${top + 6}L4,${height - 6}"></path>` : nothing}
  </svg>`;
}

/** Where tasks end there is smoke, more for ten and for a hundred a second: short tasks are seen seldom, but all the time. */
function smoke(node, width) {
  if (!node.ended_per_s) return nothing;
  const x = node.tier === 'cloud' ? width - 7.5 : node.tier === 'edge' ? 8 : width / 2;
  const puffs = [[0, 0, 2.2], [-3, -4.5, 2.8], [-7, -8, 3.3]].slice(0, node.ended_per_s >= 100 ? 3 : node.ended_per_s >= 10 ? 2 : 1);
  return puffs.map(([dx, dy, r]) => svg`<circle class="smoke" cx=${x + dx} cy=${dy} r=${r}></circle>`);
}

/** Gables in the cloud, flat roofs at the edge, a round one on a device. */
function roof(tier, width, top) {
  if (tier === 'edge') return `M0.5,${top}V9H${width - 0.5}V${top}ZM4,9V6H12V9Z`;
  if (tier === 'device') return `M0.5,${top}C2,4 ${width - 2},4 ${width - 0.5},${top}Z`;
  return `M0,${top}L${width / 2},2L${width},${top}ZM${width - 10},${top - 3}V3H${width - 5}V${top}Z`;
}

function smallHouse(node, functions) {
  const full = Math.min(1, (node.running ?? 0) / Math.max(1, cores(node)));
  const most = (node.work ?? []).reduce((best, pair) => pair[1] > (best?.[1] ?? 0) ? pair : best, null);
  const colour = most && most[0] != null ? colourOf(functions[most[0]]) : 0;
  const level = full ? Math.max(2, Math.round(14 * full)) : 0;
  return html`<a class="house is-${node.state}" href=${hrefOf(node)} title=${words(node)} aria-label=${words(node)}>
    <svg class="facade" width="16" height="24" viewBox="0 0 16 24" aria-hidden="true">
      <path class="roof" d=${node.tier === 'edge' ? 'M1,8V5H15V8Z' : node.tier === 'device' ? 'M1,8C2,2 14,2 15,8Z' : 'M0,8L8,1L16,8Z'}></path>
      <rect class="wall" x="1" y="8" width="14" height="16"></rect>
      ${level ? svg`<rect class="pane lit-${colour}" x="2" y=${23 - level} width="12" height=${level}></rect>` : nothing}
      ${node.state === 'up' || node.state === 'simulated' ? nothing : svg`<path class=${node.state === 'dead' || node.state === 'silent' ? 'board' : 'plank'} d="M2,9L14,23M14,9L2,23"></path>`}
    </svg></a>`;
}
