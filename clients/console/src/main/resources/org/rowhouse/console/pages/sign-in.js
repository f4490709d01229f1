// Where a session begins: by name and password, or by the link that `rowhouse console` prints.

import { html, nothing, trouble } from '../lib/ui.js';
import * as api from '../lib/api.js';

let problem = null;
let busy = false;

export function signIn({ redraw }) {
  const submit = async event => {
    event.preventDefault();
    const form = new FormData(event.target);
    busy = true;
    problem = null;
    redraw();
    try {
      const { secret } = await api.post('/sessions', { name: form.get('name'), password: form.get('password') });
      busy = false;
      api.useSession(secret);
    } catch (e) {
      busy = false;
      problem = e;
      redraw();
    }
  };
  return html`<main class="alone" id="main">
    <form class="card" @submit=${submit}>
      <h1><img src="/console/icon.svg" alt="" width="28" height="28"> Rowhouse</h1>
      ${problem ? trouble(problem) : nothing}
      <label>Name <input name="name" autocomplete="username" required maxlength="200" autofocus></label>
      <label>Password <input name="password" type="password" autocomplete="current-password" required maxlength="1024"></label>
      <button class="primary" ?disabled=${busy}>${busy ? 'Signing in…' : 'Sign in'}</button>
      <p class="faint">Without an account: <code>rowhouse console</code> on the node's machine prints a link that signs you in.</p>
    </form></main>`;
}
