// The keyboard: / searches, g and a letter goes to a page, ? shows all of them.

import { html, render } from './ui.js';

const pages = new Map();
let waiting = 0;

/** @param {string} letter  after g */
export const goesTo = (letter, hash, title) => pages.set(letter, { hash, title });

const typing = target => target.closest?.('input, textarea, select, [contenteditable], .CodeMirror');

addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (document.querySelector('dialog[open]')) return;
  if (event.key === '/') {
    const field = document.querySelector('[data-search]');
    if (field) { event.preventDefault(); field.focus(); field.select?.(); } else location.hash = '#/tasks?focus=search';
  } else if (event.key === '?') {
    showKeys();
  } else if (event.key === 'g') {
    waiting = Date.now();
  } else if (Date.now() - waiting < 1500 && pages.has(event.key)) {
    waiting = 0;
    location.hash = pages.get(event.key).hash;
  }
});

export function showKeys() {
  const dialog = document.createElement('dialog');
  dialog.setAttribute('aria-label', 'Keys');
  render(html`<form method="dialog"><h2>Keys</h2><div class="body"><dl class="keys">
    <dt><kbd>/</kbd></dt><dd>search</dd>
    ${[...pages].map(([letter, page]) => html`<dt><kbd>g</kbd> <kbd>${letter}</kbd></dt><dd>${page.title}</dd>`)}
    <dt><kbd>?</kbd></dt><dd>this list</dd></dl></div>
    <footer><button class="primary" autofocus>Close</button></footer></form>`, dialog);
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
