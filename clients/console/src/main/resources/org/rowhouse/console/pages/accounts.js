// The reader's own sessions and password, and, for an admin, the accounts of all.

import { html, nothing, panel, table, badge, empty, ago, time, action, attempt, confirm, trouble, loading } from '../lib/ui.js';
import * as format from '../lib/format.js';
import * as api from '../lib/api.js';

const ROLES = { viewer: 'looks', operator: 'acts on tasks, queues, schedules and nodes too', admin: 'may do everything' };
const LEAST = 12;

export const page = {
  title: 'Accounts',
  enter: ctx => read(ctx),
  watch: () => ['/health'], // so that the reader sees whether the node is there
  view: ctx => html`
    <div class="head"><h1>Accounts and sessions</h1><div class="controls">
      <span class="faint">You are</span> <strong>${format.clip(ctx.me.name, 60)}</strong> ${badge(ctx.me.role)}
      ${ctx.me.account ? html`<button type="button" @click=${() => ownPassword(ctx)}>Change your password…</button>`
        : html`<span class="faint">by the node's token: without an account, so without a password</span>`}</div></div>
    ${ctx.may('admin') ? panel('Accounts', section(ctx, 'accounts', list), { aside: action(ctx, 'admin', 'New account…', () => create(ctx)) }) : nothing}
    ${panel(ctx.may('admin') ? 'Sessions' : 'Your sessions', section(ctx, 'sessions', sessions), { aside: html`<button type="button" class="plain" @click=${() => read(ctx)}>Look again</button>` })}`,
};

/** Who sees what depends on who asks, so it is not told live but asked for. */
async function read(ctx) {
  const ask = async (name, path) => {
    try {
      ctx.state[name] = { rows: await api.get(path) };
    } catch (e) {
      ctx.state[name] = { problem: e };
    }
    ctx.redraw();
  };
  await Promise.all([ask('sessions', '/sessions'), ctx.may('admin') ? ask('accounts', '/accounts') : null]);
}

function section(ctx, name, view) {
  const known = ctx.state[name];
  return !known ? loading() : known.problem ? trouble(known.problem) : view(ctx, known.rows);
}

const list = (ctx, accounts) => table([
  { head: 'Name', cell: a => html`<strong>${format.clip(a.name, 80)}</strong> ${a.name === ctx.me.account ? badge('you') : nothing}` },
  { head: 'Role', cell: a => html`<label><span class="hidden">Role of ${format.clip(a.name, 80)}</span>
    <select ?disabled=${a.disabled_at != null} @change=${e => changeRole(ctx, a, e.target)}>${Object.keys(ROLES).map(role =>
      html`<option value=${role} ?selected=${role === a.role}>${role}</option>`)}</select></label>` },
  { head: 'State', cell: a => a.disabled_at ? badge('disabled', 'bad') : a.password_set ? badge('good', 'good') : badge('no password', 'warn') },
  { head: 'Sessions', kind: 'number', cell: a => format.count(a.sessions) },
  { head: 'Made', cell: a => html`${ago(a.created_at)} <span class="faint">by ${format.clip(a.created_by, 40)}</span>` },
  { head: 'Changed', cell: a => html`${ago(a.changed_at)} <span class="faint">by ${format.clip(a.changed_by, 40)}</span>` },
  { head: html`<span class="hidden">Actions</span>`, cell: a => html`<div class="controls">
    <button type="button" @click=${() => resetPassword(ctx, a)}>${a.password_set ? 'Reset password…' : 'Set password…'}</button>
    ${a.disabled_at ? html`<button type="button" @click=${() => setDisabled(ctx, a, false)}>Enable</button>`
      : html`<button type="button" @click=${() => setDisabled(ctx, a, true)}>Disable…</button>`}
    <button type="button" class="danger" @click=${() => remove(ctx, a)}>Remove…</button></div>` },
], accounts, { key: a => a.name, caption: 'All accounts', empty: empty('There is no account yet: whoever has the node\'s token, or a link that was made with it, is an admin.') });

const sessions = (ctx, all) => table([
  { head: 'Session', kind: 'number', cell: s => s.number },
  { head: 'Who', cell: s => html`${format.clip(s.name, 60)} ${s.own ? badge('this one') : nothing}` },
  { head: 'Role', cell: s => s.role },
  { head: 'State', cell: s => badge(s.state, s.state === 'open' ? 'good' : '') },
  { head: 'Opened', cell: s => html`${time(s.created_at)} <span class="faint">by ${s.via}</span>` },
  { head: 'From', cell: s => html`<span class="mono">${format.clip(s.address, 60)}</span>` },
  { head: 'Last used', cell: s => ago(s.seen_at) },
  { head: 'Ends', cell: s => s.ended_at ? html`${ago(s.ended_at)} <span class="faint">${format.clip(s.ended_by, 40)}</span>` : ago(s.expires_at) },
  { head: html`<span class="hidden">Actions</span>`, kind: 'number', cell: s => s.state === 'open' ? html`<button type="button" @click=${() => end(ctx, s)}>End</button>` : nothing },
], all, { key: s => s.number, caption: 'All sessions', empty: empty('There is no session.') });

const path = account => `/accounts/${encodeURIComponent(account.name)}`;
const say = account => format.clip(account.name, 60);

async function act(ctx, run, done, options) {
  const answer = await attempt(run, done, options);
  await read(ctx);
  return answer;
}

async function changeRole(ctx, account, select) {
  const role = select.value;
  const back = () => act(ctx, () => api.patch(path(account), { role: account.role }), `${say(account)} is ${account.role} again.`);
  if (!await act(ctx, () => api.patch(path(account), { role }), `${say(account)} is ${role} from now on: ${ROLES[role]}.`, { undo: back })) select.value = account.role;
}

async function setDisabled(ctx, account, disabled) {
  if (disabled && !await confirm({ title: `Disable ${account.name}?`, yes: 'Disable it', danger: true,
    body: html`<p>It is refused from now on, and its ${format.count(account.sessions)} open sessions end. Enabling it lets it log in again.</p>` })) return;
  await act(ctx, () => api.patch(path(account), { disabled }), disabled ? `${say(account)} is disabled.` : `${say(account)} is good again.`,
    { undo: () => act(ctx, () => api.patch(path(account), { disabled: !disabled }),
      disabled ? `${say(account)} may log in again; the sessions that ended stay so.` : `${say(account)} is disabled again.`) });
}

async function remove(ctx, account) {
  if (!await confirm({ title: `Remove ${account.name}?`, yes: 'Remove it', danger: true,
    body: html`<p>Its sessions end, and what it has saved goes. What it did stays in the audit. This cannot be undone; disabling can.</p>` })) return;
  await act(ctx, () => api.del(path(account)), `${say(account)} is removed.`);
}

const passwordField = (label, name, complete) => html`<label>${label} <input type="password" name=${name} required minlength=${LEAST} maxlength="1024" autocomplete=${complete}></label>`;

async function create(ctx) {
  const answer = await confirm({ title: 'New account', yes: 'Make it', body: html`
    <label>Name <input name="name" required maxlength="63" pattern="[a-z0-9][a-z0-9._\\-]*" autocomplete="off" autofocus></label>
    <label>Role <select name="role">${Object.entries(ROLES).map(([role, what]) => html`<option value=${role}>${role}: ${what}</option>`)}</select></label>
    ${passwordField(`Password, at least ${LEAST} characters`, 'password', 'new-password')}` });
  if (answer) await act(ctx, () => api.post('/accounts', Object.fromEntries(answer)), `The account ${format.clip(answer.get('name'), 60)} is made.`);
}

async function resetPassword(ctx, account) {
  if (account.name === ctx.me.account) return ownPassword(ctx);
  const answer = await confirm({ title: `New password for ${account.name}`, yes: 'Set it', body: html`
    ${passwordField(`Password, at least ${LEAST} characters`, 'password', 'new-password')}
    <p class="faint">Its sessions end; it logs in with the new one.</p>` });
  if (answer) await act(ctx, () => api.post(`${path(account)}/password`, { password: answer.get('password') }), `The password of ${say(account)} is set.`);
  return undefined;
}

async function ownPassword(ctx) {
  const answer = await confirm({ title: 'Change your password', yes: 'Change it', body: html`
    <label>Your present password <input type="password" name="current" required maxlength="1024" autocomplete="current-password"></label>
    ${passwordField(`The new one, at least ${LEAST} characters`, 'password', 'new-password')}
    <p class="faint">Your other sessions end.</p>` });
  if (answer) await act(ctx, () => api.post(`/accounts/${encodeURIComponent(ctx.me.account)}/password`, Object.fromEntries(answer)), 'Your password is changed.');
}

async function end(ctx, session) {
  if (session.own && !await confirm({ title: 'End the session you are in?', yes: 'Sign out', body: html`<p>You are asked to sign in again.</p>` })) return;
  await act(ctx, () => api.del(`/sessions/${session.number}`), `Session ${session.number} is ended.`);
}
