// What is asked before tasks are changed: the same for one and for many.

import { html, confirm, nothing } from './ui.js';
import * as api from './api.js';

/** @returns {Promise<string|null>} the queue that was chosen */
export async function askQueue({ title, now, more = nothing }) {
  const queues = await api.get('/queues').catch(() => []);
  const answer = await confirm({
    title, yes: 'Move',
    body: html`${more}<label>Queue <select name="queue" required>${queues.filter(each => each.name !== now).map(each => html`
      <option value=${each.name}>${each.name}</option>`)}</select></label>
      ${now ? html`<p class="faint">It is in ${now} now.</p>` : nothing}`,
  });
  return answer?.get('queue') || null;
}

/** @returns {Promise<number|null>} */
export async function askPriority({ title, now = 0, more = nothing }) {
  const answer = await confirm({
    title, yes: 'Change it',
    body: html`${more}<label>Priority <input name="priority" type="number" required min="-1000" max="1000" value=${now}></label>
      <p class="faint">-1000 to 1000; higher goes first within its queue.</p>`,
  });
  return answer ? Number(answer.get('priority')) : null;
}
