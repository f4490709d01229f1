// The editor of statements: CodeMirror with completion from the catalog. Until it has come, or if it cannot, a plain text field.

import { script, style } from './assets.js';
import { clip } from './format.js';
import { quoted, RESERVED } from './sql.js';

const CODEMIRROR = '/console/vendor/codemirror';
const MIME = 'text/x-rowhouse';
const KEYWORDS = [...RESERVED, ...('add alter begin between by column commit conflict cross delete drop exists explain filter first '
  + 'full function if ilike index inner insert is join key language last left like materialized merge natural nothing nulls outer over '
  + 'partition range recursive refresh replace returns right rollback row rows schema set show temporary truncate update vacuum values '
  + 'view within').split(' ')];

let arriving = null;

function codeMirror() {
  arriving ??= (async () => {
    style(`${CODEMIRROR}/addon/hint/show-hint.css`);
    style(`${CODEMIRROR}/lib/codemirror.css`);
    await script(`${CODEMIRROR}/lib/codemirror.js`);
    await Promise.all([script(`${CODEMIRROR}/mode/sql/sql.js`), script(`${CODEMIRROR}/addon/hint/show-hint.js`)]);
    const { CodeMirror } = globalThis;
    // The mode's own list has all 400 words of the standard: half of all columns would look like keywords.
    CodeMirror.defineMIME(MIME, { ...CodeMirror.resolveMode('text/x-pgsql'), keywords: Object.fromEntries(KEYWORDS.map(word => [word, true])) });
    return CodeMirror;
  })();
  arriving.catch(() => { arriving = null; });
  return arriving;
}

export class Editor {
  /**
   * @param {{text: string, label: string, catalog: () => any[], change: (text: string) => void, run: () => void,
   *          runOn: () => void}} about  `catalog` gives what GET /tables answers, or an empty array
   */
  constructor(about) {
    this.about = about;
    this.element = document.createElement('div');
    this.element.className = 'editor';
    this.field = document.createElement('textarea');
    this.field.value = about.text;
    this.field.rows = Math.min(12, about.text.split('\n').length + 1);
    this.field.spellcheck = false;
    this.field.setAttribute('aria-label', about.label);
    this.field.addEventListener('input', () => about.change(this.text));
    this.field.addEventListener('keydown', event => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) { event.preventDefault(); about.run(); }
    });
    this.element.append(this.field);
    // CodeMirror measures itself, which it cannot until it stands in the page.
    new ResizeObserver(() => this.cm?.refresh()).observe(this.element);
    codeMirror().then(library => this.#begin(library), error => console.error(error));
  }

  #begin(CodeMirror) {
    const focused = document.activeElement === this.field;
    const { about } = this;
    this.field.remove();
    this.cm = CodeMirror(this.element, {
      value: this.field.value,
      mode: MIME,
      lineNumbers: true,
      lineWrapping: true,
      indentUnit: 4,
      viewportMargin: 40,
      screenReaderLabel: about.label,
      extraKeys: {
        'Ctrl-Enter': () => about.run(),
        'Cmd-Enter': () => about.run(),
        'Shift-Enter': () => about.runOn(),
        'Ctrl-Space': () => this.#complete(),
        // Tab leads on to the next control, as everywhere on the page.
        Tab: false,
        'Shift-Tab': false,
        Esc: () => this.element.closest('.cell')?.querySelector('[data-run]')?.focus(),
      },
    });
    this.cm.on('change', () => { this.unmark(); about.change(this.text); });
    this.cm.on('inputRead', (_, change) => { if (change.text[0] === '.') this.#complete(); });
    if (focused) this.cm.focus();
    if (this.waiting) this.mark(this.waiting);
  }

  get text() { return this.cm ? this.cm.getValue() : this.field.value; }

  set text(text) {
    if (text === this.text) return;
    if (this.cm) this.cm.setValue(text); else this.field.value = text;
  }

  focus() { (this.cm ?? this.field).focus(); }

  /** What is selected, if anything, and where it begins. */
  get selection() {
    return this.cm ? { text: this.cm.getSelection(), from: this.cm.indexFromPos(this.cm.getCursor('from')) }
      : { text: this.field.value.slice(this.field.selectionStart, this.field.selectionEnd), from: this.field.selectionStart };
  }

  /** Marks the word at a place in the text, where an error is. */
  mark(offset) {
    if (!this.cm) { this.waiting = offset; return; }
    this.unmark();
    const from = this.cm.posFromIndex(offset);
    const word = /^(?:\w+|"[^"]*"?|'[^']*'?|\S)/.exec(this.cm.getLine(from.line).slice(from.ch))?.[0].length ?? 0;
    // At the end of the text the last character is marked.
    const begin = word ? from : { line: from.line, ch: Math.max(0, from.ch - 1) };
    this.marked = this.cm.markText(begin, { line: from.line, ch: from.ch + word }, { className: 'mistake' });
    this.cm.setCursor(from);
    this.line = this.cm.addLineClass(from.line, 'wrap', 'mistake-line');
  }

  unmark() {
    this.waiting = null;
    this.marked?.clear();
    if (this.line) this.cm.removeLineClass(this.line, 'wrap', 'mistake-line');
    this.marked = this.line = null;
  }

  #complete() {
    this.cm.showHint({ hint: () => proposals(this.cm, this.about.catalog()), completeSingle: false, container: document.body });
  }
}

const NAME = '(?:"(?:[^"]|"")*"|[A-Za-z_][\\w$]*)';
const bare = name => name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase();

/** The tables that a statement reads, by the names that it has for them. */
function named(text, catalog) {
  const found = new Map();
  const pattern = new RegExp(`\\b(?:from|join|update|into|,)\\s+(?:only\\s+)?(?:(${NAME})\\s*\\.\\s*)?(${NAME})(?:\\s+(?:as\\s+)?(${NAME}))?`, 'gi');
  for (const [, schema, name, alias] of text.matchAll(pattern)) {
    const table = catalog.find(each => each.name === bare(name) && (schema ? each.schema === bare(schema) : usual(each)));
    if (!table) continue;
    found.set(bare(name), table);
    if (alias) found.set(bare(alias), table);
  }
  return found;
}

const usual = table => table.schema === 'rowhouse' || table.schema === 'public';

function proposals(cm, catalog) {
  const cursor = cm.getCursor();
  const before = cm.getLine(cursor.line).slice(0, cursor.ch);
  const [, path, begun] = new RegExp(`((?:${NAME}\\s*\\.\\s*)*)("?[\\w$]*)$`).exec(before);
  const names = [...path.matchAll(new RegExp(NAME, 'g'))].map(([name]) => bare(name));
  const from = { line: cursor.line, ch: cursor.ch - begun.length };
  const wanted = begun.replace(/^"/, '').toLowerCase();
  const fits = one => one.name.toLowerCase().startsWith(wanted);
  const list = all(cm, catalog, names).filter(fits).slice(0, 200).map(each => ({ ...each, text: each.text ?? quoted(each.name), render: proposal }));
  return { list, from, to: cursor };
}

const column = (each, table) => ({ name: each.name, kind: each.type, about: each.comment, of: table.name });
const relation = each => ({ name: each.name, kind: each.kind, about: each.comment });

/** What may stand after these names and a dot; without one, whatever the statement may say here. */
function all(cm, catalog, names) {
  const tables = named(cm.getValue(), catalog);
  if (names.length === 2) {
    const table = catalog.find(each => each.schema === names[0] && each.name === names[1]);
    return table ? table.columns.map(each => column(each, table)) : [];
  }
  if (names.length === 1) {
    const table = tables.get(names[0]) ?? catalog.find(each => each.name === names[0] && usual(each));
    const inside = catalog.filter(each => each.schema === names[0]).map(relation);
    return [...(table ? table.columns.map(each => column(each, table)) : []), ...inside];
  }
  const columns = [...new Set(tables.values())].flatMap(table => table.columns.map(each => column(each, table)));
  const schemas = [...new Set(catalog.map(each => each.schema))].map(name => ({ name, kind: 'schema', about: '' }));
  const keywords = KEYWORDS.map(name => ({ name, text: name, kind: '', about: '' }));
  return [...columns, ...catalog.filter(usual).map(relation), ...schemas, ...keywords];
}

/** One proposal: the name, what it is, and what its comment says. */
function proposal(element, _, each) {
  const part = (className, text) => {
    const span = document.createElement('span');
    span.className = className;
    span.textContent = text;
    element.append(span);
  };
  part('hint-name', each.name);
  part('hint-kind', each.of ? `${each.kind} · ${each.of}` : each.kind);
  part('hint-about', clip(each.about ?? '', 90));
}
