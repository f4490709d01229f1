// Where a session begins: by name and password, or by the link that `rowhouse console` prints.

import { html, nothing, trouble } from '../lib/ui.js';
import * as format from '../lib/format.js';
import * as api from '../lib/api.js';

let problem = null;
let busy = false;

/** Says why another way in has failed. */
export const refuse = why => { problem = why; };

/** @param {{redraw: () => void, why?: string|null, name?: string, out?: () => void}} about  `why` the last session is over; `name` whose it was; `out` leaves it for good */
export function signIn({ redraw, why = null, name = '', out }) {
  const submit = async event => {
    event.preventDefault();
    const form = new FormData(event.target);
    busy = true;
    problem = null;
    redraw();
    try {
      const { secret } = await api.post('/sessions', { name: form.get('name'), password: form.get('password') });
      busy = false;
      problem = null;
      api.useSession(secret);
    } catch (e) {
      busy = false;
      problem = e;
      redraw();
    }
  };
  return html`
    <form class="card" @submit=${submit}>
      <h1 id="sign-in-title"><img src="/console/icon.svg" alt="" width="28" height="28"> Rowhouse</h1>
      ${why ? html`<div class="banner" role="alert">${format.visible(why)}</div>` : nothing}
      ${problem ? trouble(problem) : nothing}
      ${out ? html`<p>Sign in again, and the page goes on with all that you have typed.</p>` : nothing}
      <label>Name <input name="name" autocomplete="username" required maxlength="200" value=${name} ?autofocus=${!name}></label>
      <label>Password <input name="password" type="password" autocomplete="current-password" required maxlength="1024" ?autofocus=${name !== ''}></label>
      <button class="primary" ?disabled=${busy}>${busy ? 'Signing in…' : 'Sign in'}</button>
      <p class="faint">Without an account: <code>rowhouse console</code> on the node's machine prints a link that signs you in.</p>
      ${out ? html`<p><button type="button" class="link" @click=${out}>Leave the page as somebody else</button></p>` : nothing}
    </form>`;
}
