// The node's API. The secret of the session is kept for this origin only, and sent in a header:
// a cookie of 127.0.0.1 would be shared with every other program that listens on this machine.

const KEY = 'rowhouse.session';
/** Why the last session is over, if its reader has not ended it; also for other tabs and for a reload. */
const OVER = 'rowhouse.session.over';

let secret = localStorage.getItem(KEY);
const listeners = new Set();

export const signedIn = () => secret != null;

/** Why nobody is signed in, in the node's words; null if the reader wanted it so. */
export const over = () => secret == null ? localStorage.getItem(OVER) : null;

/** Takes a new session, or null to forget it. */
export function useSession(fresh) {
  secret = fresh;
  localStorage.removeItem(OVER);
  if (fresh == null) localStorage.removeItem(KEY); else localStorage.setItem(KEY, fresh);
  listeners.forEach(each => each());
}

/** The node knows the session no more. */
function lapse(why) {
  secret = null;
  localStorage.setItem(OVER, why); // first: other tabs look when the session goes
  localStorage.removeItem(KEY);
  listeners.forEach(each => each());
}

/** Calls back when a session begins, ends or lapses, in this tab or in another. */
export const onSession = callback => listeners.add(callback);

addEventListener('storage', event => {
  if (event.key === KEY && event.newValue !== secret) {
    secret = event.newValue;
    listeners.forEach(each => each());
  }
});

/** What went wrong, as the node says it: a sentence for a person. */
export class Problem extends Error {
  constructor(status, code, sentence) {
    super(sentence);
    this.status = status;
    this.code = code;
  }
}

export const AWAY = 'The node does not answer: it may be stopped, or its machine cannot be reached.';

/** Asks, and throws a Problem for whatever is not a good answer. Another session's secret, or null for none, may be used. */
export async function ask(method, path, body, { signal, as = secret } = {}) {
  const headers = {};
  if (as != null) headers.Authorization = `Bearer ${as}`;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  let response;
  try {
    response = await fetch(path, {
      method, headers, signal,
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: 'no-store', credentials: 'omit', redirect: 'error',
    });
  } catch (e) {
    if (e.name === 'AbortError') throw e;
    throw new Problem(0, 'NODE_UNAVAILABLE', AWAY);
  }
  if (!response.ok) throw await problemOf(response, as);
  return response;
}

async function problemOf(response, as) {
  let told = {};
  try { told = await response.json(); } catch { /* told by its number alone */ }
  const problem = new Problem(response.status, told.code ?? '', told.detail ?? told.message ?? `The node answered ${response.status}.`);
  // What was asked in an earlier session says nothing about this one.
  if (response.status === 401 && as != null && as === secret) lapse(problem.message);
  return problem;
}

/** JSON in which numbers that JavaScript would round stay what the node wrote: that text, or what `keep` makes of it. */
export function exact(text, keep = source => source) {
  return JSON.parse(text, (_, value, context) => typeof value === 'number' && context?.source !== undefined
    && (Number.isInteger(value) ? !Number.isSafeInteger(value) : context.source.replace(/[^0-9]/g, '').length > 16)
    ? keep(context.source) : value);
}

const json = async (method, path, body, options) => (await ask(method, path, body, options)).json();

/** Values of tasks, whose numbers are shown and saved as they are; a browser that knows no raw JSON rounds them. */
export async function getValues(path) {
  const text = await (await ask('GET', path)).text();
  return JSON.rawJSON ? { ...exact(text, JSON.rawJSON), error: JSON.parse(text).error } : JSON.parse(text);
}

export const get = (path, options) => json('GET', path, undefined, options);
export const post = (path, body = {}, options) => json('POST', path, body, options);
export const put = (path, body) => json('PUT', path, body);
export const patch = (path, body) => json('PATCH', path, body);
export const del = (path, options) => json('DELETE', path, undefined, options);

/** A path with a query; null, undefined and '' are left out. */
export function path(base, query = {}) {
  const given = Object.entries(query).filter(([, v]) => v != null && v !== '');
  const text = new URLSearchParams(given.map(([k, v]) => [k, String(v)])).toString();
  return text ? `${base}?${text}` : base;
}
