// What GET paths answer, told by the node whenever it has changed. One stream for the page that is
// open; EventSource cannot send the session's header, so the stream is read by hand.

import { ask, Problem, AWAY } from './api.js';

const PAUSES_MS = [300, 1000, 2000, 5000];
/** The node says a word each 10 s, if only a comment: a line that is silent for longer leads nowhere. */
const SILENT_MS = 30_000;
const SILENT = 'The node has not said a word for a while: it may be stopped, or its machine cannot be reached.';

/**
 * Watches paths until it is closed.
 *
 * @param {string[]} paths
 * @param {{answer: (path: string, value: any) => void, problem: (path: string, problem: any) => void,
 *          line: (state: 'live'|'connecting'|'away', problem?: Error) => void}} on
 * @returns {() => void} closes it
 */
export function watch(paths, on) {
  const abort = new AbortController();
  follow(paths, on, abort.signal);
  return () => abort.abort();
}

async function follow(paths, on, signal) {
  const query = paths.map(each => `watch=${encodeURIComponent(each)}`).join('&');
  for (let failures = 0; !signal.aborted; failures++) {
    const silence = new AbortController();
    const giveUp = () => silence.abort(new Problem(0, 'NODE_UNAVAILABLE', SILENT));
    let timer = setTimeout(giveUp, SILENT_MS);
    const heard = () => {
      clearTimeout(timer);
      timer = setTimeout(giveUp, SILENT_MS);
    };
    try {
      const response = await ask('GET', `/live?${query}`, undefined, { signal: AbortSignal.any([signal, silence.signal]) });
      on.line('live');
      await read(response.body, heard, event => {
        failures = -1;
        if (event.name === 'answer') on.answer(event.data.path, event.data.value);
        if (event.name === 'problem') on.problem(event.data.path, event.data.problem);
      });
      if (!signal.aborted) on.line('connecting');
    } catch (e) {
      if (signal.aborted) return;
      if (e.status >= 400 && e.status < 500) {
        paths.forEach(each => on.problem(each, { status: e.status, code: e.code, detail: e.message }));
        if (e.status === 401 || e.status === 403) return;
      }
      // A line that breaks tells nothing but that.
      on.line('away', e instanceof Problem ? e : new Problem(0, 'NODE_UNAVAILABLE', AWAY));
    } finally {
      clearTimeout(timer);
    }
    await pause(PAUSES_MS[Math.min(Math.max(failures, 0), PAUSES_MS.length - 1)], signal);
  }
}

/** Reads events until the stream ends. */
async function read(body, heard, told) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    heard();
    text += value;
    let end;
    while ((end = text.indexOf('\n\n')) >= 0) {
      const event = parse(text.slice(0, end));
      text = text.slice(end + 2);
      if (event) told(event);
    }
  }
}

function parse(block) {
  let name = '';
  let data = '';
  for (const line of block.split('\n')) {
    if (line.startsWith('event: ')) name = line.slice(7);
    if (line.startsWith('data: ')) data += line.slice(6);
  }
  return data ? { name, data: JSON.parse(data) } : null;
}

const pause = (ms, signal) => new Promise(resolve => {
  const timer = setTimeout(resolve, ms);
  signal.addEventListener('abort', () => { clearTimeout(timer); resolve(); }, { once: true });
});
