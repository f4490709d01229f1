// From the address to a page: #/tasks/ID?state=failed names a page, its parameters and its query.

/**
 * @typedef {object} Page  what a module below pages/ exports as `page`
 * @property {string} title
 * @property {(ctx: Context) => string[]} [watch]  paths to be kept live, at most 8
 * @property {(ctx: Context) => import('../vendor/lit-html/lit-html.js').TemplateResult} view
 * @property {(ctx: Context) => void} [enter]  once, before the first view
 * @property {(ctx: Context) => void} [leave]
 *
 * @typedef {object} Context  what a page gets
 * @property {Record<string, string>} params  from the path
 * @property {URLSearchParams} query
 * @property {(path: string) => any} data  the newest answer of a watched path; undefined before the first
 * @property {(path: string) => any} problem  what is wrong with it now, or undefined
 * @property {Record<string, any>} state  the page's own, for as long as it is open
 * @property {() => void} redraw
 * @property {(changes: Record<string, any>) => void} setQuery  changes the address and watches anew
 * @property {{name: string, role: 'viewer'|'operator'|'admin'}} me
 * @property {() => boolean} moved  whether the reader came from within the console, and not by an address from elsewhere
 * @property {(role: string) => boolean} may  whether the reader has this role
 */

const routes = [];

/** @param {() => Promise<{page: Page}>} load  imports the page's module when it is first wanted */
export function route(pattern, load) {
  const names = [];
  const regex = new RegExp('^' + pattern.replace(/\{(\w+)\}/g, (_, name) => {
    names.push(name);
    return '([^/]+)';
  }) + '$');
  routes.push({ regex, names, load, pattern });
}

const plain = text => {
  try {
    return decodeURIComponent(text);
  } catch {
    return null; // no name is written so
  }
};

/** The page of an address; null if there is none. */
export function resolve(hash) {
  const [address, query = ''] = (hash || '#/').split(/\?(.*)/s);
  for (const each of routes) {
    const match = each.regex.exec(address);
    if (match) {
      const params = Object.fromEntries(each.names.map((name, i) => [name, plain(match[i + 1])]));
      if (Object.values(params).includes(null)) return null;
      return { ...each, params, query: new URLSearchParams(query), address };
    }
  }
  return null;
}

/** The address of a page with a query; null and '' are left out. */
export function to(address, query = {}) {
  const given = Object.entries(query).filter(([, v]) => v != null && v !== '' && v !== false);
  const text = new URLSearchParams(given.map(([k, v]) => [k, String(v)])).toString();
  return text ? `${address}?${text}` : address;
}
