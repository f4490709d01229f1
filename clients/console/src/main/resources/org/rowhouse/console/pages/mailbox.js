// One mailbox: how much waits in it, and what could not be handled.

import { html, figure, fromLive, action, attempt, confirm } from '../lib/ui.js';
import * as format from '../lib/format.js';
import * as api from '../lib/api.js';
import { letters, redeliverAll } from '../lib/letters.js';
import { consumer } from './topics.js';

const base = ctx => `/mailboxes/${encodeURIComponent(ctx.params.name)}`;
const LETTERS = ctx => api.path(`${base(ctx)}/dead-letters`, { limit: 50 });

export const page = {
  title: 'Mailbox',
  watch: ctx => [base(ctx), LETTERS(ctx)],
  view: ctx => fromLive(ctx, base(ctx), mailbox => body(ctx, mailbox)),
};

function body(ctx, m) {
  document.title = `${m.name} · Rowhouse`;
  return html`
    <div class="head"><div class="name-line"><h1>${format.visible(m.name)}</h1></div>
      <div class="controls">${action(ctx, 'operator', 'Redeliver…', () => redeliverAll(base(ctx), `the mailbox ${m.name}`))}
        ${action(ctx, 'operator', 'Drop…', () => drop(ctx, m), { kind: 'danger' })}</div></div>
    <div class="figures">
      ${figure('Waiting', format.counted(m.waiting), { note: `at most ${format.count(m.mail_max)}` })}
      ${figure('Tries', m.deliveries, { note: `the first pause is ${format.duration(m.back_off_ms)}` })}
      ${figure('Consumer', html`<span class="small-value">${consumer(m)}</span>`)}
    </div>
    ${letters(ctx, LETTERS(ctx), m.name, () => base(ctx))}`;
}

async function drop(ctx, m) {
  const here = location.hash;
  const sure = await confirm({ title: `Drop the mailbox ${m.name}?`, yes: 'Drop it', danger: true,
    body: html`<p>The ${format.counted(m.waiting)} mails that wait in it are deleted; its dead letters stay.</p>` });
  if (sure && await attempt(() => api.del(base(ctx)), `The mailbox ${format.clip(m.name, 60)} is dropped.`)
    && location.hash === here) location.hash = '#/topics';
}
