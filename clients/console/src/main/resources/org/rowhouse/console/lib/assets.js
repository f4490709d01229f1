// Files of libraries that only some pages need: fetched when the first of these is opened.

const scripts = new Map();

/** Runs a script that is no module, once. Scripts that are asked for in turn must be awaited in turn. */
export function script(src) {
  if (!scripts.has(src)) {
    scripts.set(src, new Promise((resolve, reject) => {
      const element = document.createElement('script');
      element.src = src;
      element.addEventListener('load', resolve);
      element.addEventListener('error', () => {
        scripts.delete(src);
        element.remove();
        reject(new Error(`${src} could not be loaded.`));
      });
      document.head.append(element);
    }));
  }
  return scripts.get(src);
}

/** Adds a style sheet before the console's own, which therefore has the last word. */
export function style(href) {
  if (document.querySelector(`link[href="${href}"]`)) return;
  const link = document.createElement('link');
  link.rel = 'stylesheet';
  link.href = href;
  document.head.prepend(link);
}
