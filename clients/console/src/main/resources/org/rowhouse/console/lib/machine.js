// What a machine is made of, as boxes in boxes and as a tree: packages, NUMA nodes, caches, cores, devices and their links.

import { html, nothing } from './ui.js';
import { guard } from '../vendor/lit-html/directives/guard.js';
import * as format from './format.js';

/** More cores than this in one box are counted instead of drawn. */
const CORES_DRAWN = 512;

const DISTANCES = { 1: 'joined directly', 2: 'on one PCI switch', 3: 'below one host bridge', 4: 'at one NUMA node', 5: 'across NUMA nodes' };
const SHORT = { 2: 'switch', 3: 'bridge', 4: 'node', 5: 'across' };

function family(parts) {
  const inside = Map.groupBy(parts.filter(part => part.kind !== 'link' && part.parent != null), part => part.parent);
  return { top: parts.find(part => part.part === 0), of: part => inside.get(part.part) ?? [], links: parts.filter(part => part.kind === 'link'), said: new Set() };
}

const sizeOf = part => part.detail?.size_bytes ? format.bytes(part.detail.size_bytes) : part.memory_mib ? format.mib(part.memory_mib) : '';

/** The parts as pictures; nothing is drawn anew as long as they are the same. */
export const machine = parts => guard([parts], () => {
  const all = family(parts);
  return html`<div class="machine" role="group" aria-label=${summary(parts)}>
    <p class="faint">${summary(parts)}</p>
    ${box(all.top, all)}${links(all, parts)}</div>`;
});

function summary(parts) {
  const of = kind => parts.filter(part => part.kind === kind);
  const threads = of('core').reduce((sum, core) => sum + (core.detail?.threads ?? 1), 0);
  const words = [[of('package').length, 'package'], [of('numa').length, 'NUMA node'], [of('core').length, 'core'], [threads, 'thread'], [of('device').length, 'device']]
    .filter(([n]) => n).map(([n, word]) => `${format.count(n)} ${word}${n === 1 ? '' : 's'}`);
  const found = parts[0].detail?.found_by;
  return `${words.join(', ')}${parts[0].memory_mib ? `, ${format.mib(parts[0].memory_mib)}` : ''}${found ? `; found by ${found}` : ''}`;
}

/** Private caches belong to a core's box: L1 and L2 around one core are said in it. */
function coreOf(part, all, caches = []) {
  if (part.kind === 'core') return { core: part, caches };
  const inside = all.of(part);
  return part.kind === 'cache' && inside.length === 1 ? coreOf(inside[0], all, [...caches, part]) : null;
}

function box(part, all) {
  const inside = all.of(part);
  const cores = [];
  const rest = [];
  for (const each of inside) {
    const found = coreOf(each, all);
    if (found) cores.push(found); else rest.push(each);
  }
  const devices = rest.filter(each => each.kind === 'device');
  const others = rest.filter(each => each.kind !== 'device');
  // What is the same in every box is said in the first.
  const note = (cores[0]?.caches ?? []).map(c => `${c.name} ${sizeOf(c)}`).join(', ');
  const said = all.said.has(note);
  all.said.add(note);
  return html`<div class="piece piece-${part.kind}">
    <div class="piece-name"><strong>${format.clip(part.name, 80)}</strong> <span class="faint">${[part.kind === 'device' ? part.class : '', sizeOf(part),
      part.kind === 'device' && part.share_milli < 1000 ? 'can be shared' : '', part.detail?.pci ?? ''].filter(Boolean).join(' · ')}</span></div>
    ${cores.length ? html`<div class="cores" role="img" aria-label="${cores.length} cores">
      ${cores.length <= CORES_DRAWN ? cores.map(({ core, caches: own }) => html`<span class="core" title=${coreTitle(core, own)}>${core.name.replace(/\D+/, '')}</span>`)
        : html`<strong>${format.count(cores.length)} cores</strong>`}</div>
      ${note && !said ? html`<p class="faint piece-note">each core with ${note}</p>` : nothing}` : nothing}
    ${others.length ? html`<div class="inside">${others.map(each => box(each, all))}</div>` : nothing}
    ${devices.length ? html`<div class="inside devices">${devices.map(each => box(each, all))}</div>` : nothing}</div>`;
}

const coreTitle = (core, caches) => [core.name, core.detail?.threads > 1 ? `${core.detail.threads} threads` : '',
  ...caches.map(c => `${c.name} ${sizeOf(c)}`)].filter(Boolean).join(', ');

/** How near each device is to each other one. */
function links(all, parts) {
  if (!all.links.length) return nothing;
  const devices = parts.filter(part => part.kind === 'device');
  const between = new Map(all.links.flatMap(link => [[`${link.parent} ${link.peer}`, link], [`${link.peer} ${link.parent}`, link]]));
  return html`<div class="table links" tabindex="0" role="region" aria-label="Links between devices"><table>
    <caption>Links between devices</caption>
    <thead><tr><th scope="col"><span class="hidden">Device</span></th>${devices.map((_, i) => html`<th scope="col" class="number">${i}</th>`)}</tr></thead>
    <tbody>${devices.map((a, i) => html`<tr><th scope="row">${i} <span class="faint">${format.clip(a.name, 30)}</span></th>${devices.map(b => {
      const link = between.get(`${a.part} ${b.part}`);
      return html`<td class="number near-${link?.distance ?? 0}" title=${link ? `${link.name}: ${DISTANCES[link.distance]}` : ''}>${
        a === b ? '·' : !link ? '–' : link.distance === 1 ? html`${link.name}${link.mib_per_s ? html`<br><span class="faint">${format.mib(link.mib_per_s)}/s</span>` : nothing}` : SHORT[link.distance]}</td>`;
    })}</tr>`)}</tbody></table>
    <p class="faint piece-note">${[...new Set(all.links.map(link => link.distance))].sort().filter(d => SHORT[d]).map(d => `${SHORT[d]}: ${DISTANCES[d]}`).join('; ')}</p></div>`;
}

/** The same for reading: one line a part, those in it below it. */
export const partsTree = parts => guard([parts, 'tree'], () => {
  const all = family(parts);
  const line = part => html`<span class="faint">${part.kind}</span> <strong>${format.clip(part.name, 80)}</strong> ${sizeOf(part)}
    <span class="faint">${Object.entries(part.detail ?? {}).filter(([k]) => k !== 'size_bytes').map(([k, v]) => `${k} ${v}`).join(', ')}</span>`;
  const branch = (part, depth) => {
    const inside = all.of(part);
    return inside.length ? html`<li><details ?open=${depth < 3}><summary>${line(part)} <span class="faint">(${inside.length})</span></summary>
      <ul>${inside.map(each => branch(each, depth + 1))}</ul></details></li>` : html`<li class="leaf-part">${line(part)}</li>`;
  };
  return html`<ul class="parts-tree">${branch(all.top, 0)}</ul>${links(all, parts)}`;
});
