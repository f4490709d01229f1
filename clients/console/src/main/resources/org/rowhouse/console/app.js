// The frame: who is here, where they are, and whether what they see is live.

import { html, nothing, render, loading, trouble, confirm, toast, clearScreen } from './lib/ui.js';
import * as api from './lib/api.js';
import { watch } from './lib/live.js';
import { route, resolve, to } from './lib/router.js';
import { goesTo, showKeys } from './lib/keys.js';
import { signIn, refuse } from './pages/sign-in.js';

const ROLES = ['viewer', 'operator', 'admin'];

/** The parts of the console in their order; later parts of the system add theirs here. */
const SECTIONS = [
  { letter: 'o', hash: '#/', title: 'Overview', load: () => import('./pages/overview.js') },
  { letter: 't', hash: '#/tasks', title: 'Tasks', load: () => import('./pages/tasks.js') },
  { letter: 'q', hash: '#/queues', title: 'Queues', load: () => import('./pages/queues.js') },
  { letter: 'c', hash: '#/schedules', title: 'Schedules', load: () => import('./pages/schedules.js') },
  { letter: 'm', hash: '#/topics', title: 'Messages', load: () => import('./pages/topics.js') },
  { letter: 'n', hash: '#/nodes', title: 'Nodes', load: () => import('./pages/nodes.js') },
  { letter: 'p', hash: '#/policies', title: 'Policies', load: () => import('./pages/policies.js') },
  { letter: 's', hash: '#/sql', title: 'SQL', load: () => import('./pages/sql.js') },
  { letter: 'b', hash: '#/tables', title: 'Tables', load: () => import('./pages/tables.js') },
  { letter: 'a', hash: '#/audit', title: 'Audit', load: () => import('./pages/audit.js') },
];

/** Pages that have no place in the menu. */
const INNER = [
  ['#/tasks/{id}', () => import('./pages/task.js')],
  ['#/tables/{schema}/{name}', () => import('./pages/table.js')],
  ['#/queues/{name}', () => import('./pages/queue.js')],
  ['#/schedules/{name}', () => import('./pages/schedule.js')],
  ['#/topics/{name}', () => import('./pages/topic.js')],
  ['#/mailboxes/{name}', () => import('./pages/mailbox.js')],
  ['#/nodes/{name}', () => import('./pages/node.js')],
  ['#/policies/{name}', () => import('./pages/policy.js')],
  ['#/accounts', () => import('./pages/accounts.js')],
];

for (const each of SECTIONS) {
  route(each.hash, each.load);
  goesTo(each.letter, each.hash, each.title);
}
INNER.forEach(([pattern, load]) => route(pattern, load));

const root = document.getElementById('app');
let me = null;
let open = null; // the page that is shown, with its context
let line = { state: 'connecting' };
let drawn = false;
let moved = false; // whether the reader has gone from page to page

/** Draws once for all that has changed by the next frame. */
function redraw() {
  if (drawn) return;
  drawn = true;
  const now = () => { drawn = false; draw(); };
  // A page that nobody looks at gets no frames, but must be right when somebody does.
  if (document.hidden) setTimeout(now, 250); else requestAnimationFrame(now);
}

const themes = ['system', 'light', 'dark'];
let theme = localStorage.getItem('rowhouse.theme') ?? 'system';

function useTheme(name) {
  theme = name;
  localStorage.setItem('rowhouse.theme', name);
  if (name === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
  redraw();
}

function draw() {
  if (!me) {
    render(html`<main class="alone" id="main">${api.signedIn() ? html`${loading('Signing in')}${line.problem ? trouble(line.problem) : nothing}`
      : signIn({ redraw, why: api.over() })}</main>`, root);
    return;
  }
  drawGate();
  const section = SECTIONS.findLast(each => open?.address === each.hash
    || (each.hash !== '#/' && open?.address.startsWith(each.hash)));
  render(html`
    <a class="skip" href="#main" @click=${e => { e.preventDefault(); document.getElementById('main').focus(); }}>Skip to content</a>
    <header class="top">
      <a class="brand" href="#/" aria-label="Rowhouse, overview"><img src="/console/icon.svg" alt="" width="22" height="22"><span>Rowhouse</span></a>
      <nav aria-label="Main"><ul>${SECTIONS.map(each => html`<li><a href=${each.hash}
        aria-current=${each === section ? 'page' : 'false'}>${each.title}</a></li>`)}</ul></nav>
      <div class="who">
        ${liveness()}
        <button type="button" class="plain" title="Theme: ${theme}" aria-label="Theme: ${theme}. Change it"
          @click=${() => useTheme(themes[(themes.indexOf(theme) + 1) % themes.length])}>${theme === 'dark' ? '☾' : theme === 'light' ? '☀' : '◐'}</button>
        <button type="button" class="plain" title="Keys" aria-label="Show the keys" @click=${showKeys}>?</button>
        <details class="menu"><summary aria-label="You are ${me.name}, ${me.role}">${me.name} <span class="faint">${me.role}</span></summary>
          <div><a class="menu-item" href="#/accounts">Accounts and sessions</a>
            <button type="button" @click=${signOut}>Sign out</button></div></details>
      </div>
    </header>
    <main id="main" tabindex="-1">${open ? view() : nothing}</main>`, root);
  showSection(section);
}

let shown = null;

/** On a narrow screen the menu is wider than its place. */
function showSection(section) {
  if (section === shown) return;
  shown = section;
  const menu = root.querySelector('header.top nav');
  const link = menu.querySelector('[aria-current="page"]');
  if (link) menu.scrollLeft = link.offsetLeft - menu.offsetLeft - (menu.clientWidth - link.offsetWidth) / 2;
}

let lapsed = false; // the session of the page that is shown is over
let gate = null; // stands before it then, until its reader is back

/**
 * A session that is over must not take with it what its reader has typed. The page stays as it is, out of sight and out of
 * reach, and goes on when the same reader has signed in again.
 */
function drawGate() {
  if (api.signedIn()) return;
  if (!gate) {
    gate = document.createElement('dialog');
    gate.className = 'gate';
    gate.setAttribute('closedby', 'none');
    gate.setAttribute('aria-labelledby', 'sign-in-title');
    gate.addEventListener('cancel', event => event.preventDefault());
    document.body.append(gate);
  }
  render(signIn({ redraw, why: api.over(), name: me.account ?? '', out: () => api.useSession(null) }), gate);
  // After all other dialogs, so that it lies above them.
  if (!gate.open) gate.showModal();
}

function dropGate() {
  gate?.remove();
  gate = null;
}

/** The page's session is over, or another has begun. */
async function changeSession() {
  if (me && api.over()) {
    lapsed = true;
    closeLine();
    redraw();
    return;
  }
  if (lapsed && api.signedIn()) {
    const who = await api.get('/sessions/current').catch(() => null);
    if (!lapsed || !api.signedIn()) return;
    if (!who) {
      setTimeout(changeSession, 2000);
      return;
    }
    if (who.name === me.name) {
      await goOn(who);
      return;
    }
  }
  lapsed = false;
  dropGate();
  clearScreen();
  await begin();
}

async function goOn(who) {
  me = who;
  if (open?.ctx) open.ctx.me = who;
  lapsed = false;
  dropGate();
  await follow();
}

/** Watches nothing for now. */
function closeLine() {
  open?.close?.();
  if (open) open.paths = null;
}

function liveness() {
  // A page that watches nothing has no line that could be down.
  if (!open?.paths?.length && line.state !== 'away') return nothing;
  const words = { live: 'live', connecting: 'connecting', away: 'away' };
  return html`<span class="line line-${line.state}" role="status" title=${line.problem?.message ?? ''}>${words[line.state]}</span>`;
}

function view() {
  if (open.failed) return trouble(open.failed);
  if (!open.page) return loading();
  const away = line.state === 'away'
    ? html`<div class="banner" role="alert">${line.problem?.message ?? 'The node does not answer.'} What you see is as it was; it goes on by itself.</div>` : nothing;
  try {
    return html`${away}${open.page.view(open.ctx)}`;
  } catch (e) {
    console.error(e);
    return trouble({ code: 'INTERNAL', detail: `This page made a mistake: ${e.message}` });
  }
}

function closePage() {
  if (!open) return;
  open.close?.();
  open.page?.leave?.(open.ctx);
  open = null;
  line = { state: 'connecting' };
}

async function follow() {
  if (!me) return;
  const found = resolve(location.hash);
  if (!found) {
    closePage();
    open = { address: location.hash, failed: { code: 'NOT_FOUND', detail: 'There is no such page.' } };
    redraw();
    return;
  }
  // The same page with another query goes on with what it has.
  if (open?.page && open.pattern === found.pattern && JSON.stringify(open.params) === JSON.stringify(found.params)) {
    open.query = found.query;
    open.ctx.query = found.query;
    rewatch();
    redraw();
    return;
  }
  closePage();
  const mine = open = { ...found, page: null };
  redraw();
  try {
    const { page } = await found.load();
    if (open !== mine) return;
    mine.page = page;
    mine.ctx = context(mine);
    document.title = `${page.title} · Rowhouse`;
    page.enter?.(mine.ctx);
    rewatch();
  } catch (e) {
    mine.failed = { code: 'NODE_UNAVAILABLE', detail: `The page could not be loaded: ${e.message}` };
  }
  redraw();
}

function context(mine) {
  const answers = new Map();
  const problems = new Map();
  return {
    params: mine.params,
    query: mine.query,
    state: {},
    me,
    moved: () => moved,
    answers,
    problems,
    data: path => answers.get(path),
    problem: path => problems.get(path),
    redraw,
    rewatch,
    may: role => ROLES.indexOf(me.role) >= ROLES.indexOf(role),
    setQuery: changes => {
      if (open !== mine) return; // the reader has gone on meanwhile
      const all = Object.fromEntries(mine.ctx.query);
      location.hash = to(mine.address, { ...all, ...changes });
    },
  };
}

/** Watches what the page now wants; what it goes on to want is not asked for anew. */
function rewatch() {
  if (!api.signedIn()) return;
  const mine = open;
  if (!mine?.page?.watch) {
    mine?.close?.();
    return;
  }
  const paths = mine.page.watch(mine.ctx);
  if (mine.paths && mine.paths.join('\n') === paths.join('\n')) return;
  mine.close?.();
  mine.paths = paths;
  const { answers, problems } = mine.ctx;
  for (const path of answers.keys()) if (!paths.includes(path)) answers.delete(path);
  problems.clear();
  if (!paths.length) return;
  mine.close = watch(paths, {
    answer: (path, value) => { answers.set(path, value); problems.delete(path); redraw(); },
    problem: (path, problem) => { problems.set(path, problem); redraw(); },
    line: (state, problem) => { line = { state, problem }; redraw(); },
  });
}

let turns = 0; // a later beginning ends an earlier one that still waits

async function begin() {
  const turn = ++turns;
  closePage();
  me = null;
  redraw();
  if (!api.signedIn()) return;
  let who;
  try {
    who = await api.get('/sessions/current');
  } catch (e) {
    if (turn !== turns) return;
    line = { state: 'away', problem: e };
    redraw();
    setTimeout(() => { if (turn === turns) begin(); }, 2000);
    return;
  }
  if (turn !== turns) return;
  me = who;
  line = { state: 'connecting' };
  await follow();
}

async function signOut() {
  const problem = await api.del('/sessions/current').then(() => null, e => e);
  api.useSession(null);
  if (problem && problem.status !== 401) toast(`Signed out here only: ${problem.message}`, { kind: 'bad', ms: 12_000 });
}

/**
 * A one-time link ends in #enter=SECRET, which neither the node's log nor the history keeps.
 *
 * @returns {Promise<boolean>} whether a session has begun by it
 */
async function enter(before = '#/') {
  const link = /^#enter=([A-Za-z0-9_-]+)$/.exec(location.hash)?.[1];
  if (!link) return false;
  history.replaceState(null, '', before);
  try {
    const opened = await api.post('/sessions/enter', { link }, { as: null });
    if (!await goesOnAs(opened.name)) {
      await api.del('/sessions/current', { as: opened.secret });
      return false;
    }
    api.useSession(opened.secret);
    return true;
  } catch (e) {
    if (lapsed) refuse(e); else toast(e.message, { kind: 'bad', ms: 60_000 });
    redraw();
    return false;
  }
}

/** A link may come from somebody else, so that what the reader goes on to do would be done under that name. */
async function goesOnAs(name) {
  const now = api.signedIn() ? await api.get('/sessions/current').catch(e => {
    if (e.status === 401) return null;
    throw e;
  }) : null;
  return !now || now.name === name || await confirm({ title: `Go on as ${name}?`, yes: `Go on as ${name}`,
    body: html`<p>You are ${now.name}. The link that you followed signs you in as ${name}.</p>` }) != null;
}

addEventListener('hashchange', async event => {
  moved = true;
  if (!await enter(lapsed ? new URL(event.oldURL).hash : '#/') && !lapsed) await follow();
});
// A browser has few connections for one node: a tab that nobody looks at gives its own back.
document.addEventListener('visibilitychange', () => {
  if (!open?.page) return;
  if (document.hidden) {
    closeLine();
  } else {
    rewatch();
    redraw();
  }
});
api.onSession(changeSession);
setInterval(() => { if (!document.hidden) redraw(); }, 1000); // "12 s ago" grows older
useTheme(theme);
if (!await enter()) await begin();
