// Puts trk.js into a page, and pushes to it. ES2017 syntax; importing has no side effects, so that
// bundlers may drop what is unused. The CommonJS module is made from this ECMAScript module.

/** @typedef {{ nonce?: string, release?: string, integrity?: string }} LoadOptions */

/** @type {Map<string, Promise<void>>} */
const loading = new Map(); // address of a campaign -> promise of its script

let missing = ''; // why the script of the last load did not come, as a sentence

/** @param {Gleam.Item[]} items */
export function push(...items) {
  if (typeof window === 'undefined') return;
  window.Gleam = window.Gleam || [];
  window.Gleam.push(...items);
  if (missing) tellErrors();
}

/**
 * @param {string} key
 * @param {string} host
 * @param {LoadOptions} options
 */
export function load(key, host, options = {}) {
  // Before all checks: on a server nothing may fail, not even for a key that only browsers know.
  if (typeof document === 'undefined') return Promise.resolve();
  const mistake = mistakeIn(key, host, options);
  if (mistake) {
    const error = new TypeError('custom-action-tracking: ' + mistake);
    giveUp(error);
    return Promise.reject(error);
  }
  const campaign = host + '/' + key;
  if (!loading.has(campaign)) {
    const file = options.release ? 'trk-' + options.release + '.js' : 'trk.js';
    const loaded = insert(campaign + '/' + file, options);
    missing = '';
    loading.set(campaign, loaded);
    // The next call tries again. This also keeps a blocked script from becoming an unhandled
    // rejection on pages that ignore the promise.
    loaded.catch((error) => {
      loading.delete(campaign);
      giveUp(error);
    });
  }
  return loading.get(campaign);
}

/** @param {Error} error */
function giveUp(error) {
  missing = error.message;
  tellErrors();
}

// Calls the error functions in the queue, once each: a page that waits for them must go on, also
// where nobody reads the queue. All else stays in it for a script that comes later.
function tellErrors() {
  const queue = /** @type {any} */ (window.Gleam);
  // Once a script is there, it calls them itself.
  if (!queue || queue.push !== Array.prototype.push) return;
  queue.splice(0).forEach(/** @param {any} item */ function keep(item) {
    if (Array.isArray(item) && Array.isArray(item[0])) item.forEach(keep);
    else if (item && item[0] === 'error' && typeof item[1] === 'function')
      setTimeout(item[1], 0, { reason: missing, retry: true });
    else queue.push(item);
  });
}

/**
 * @param {string} src
 * @param {LoadOptions} options
 */
function insert(src, { nonce, integrity }) {
  /** @type {Promise<void>} */
  const inserted = new Promise((resolve, reject) => {
    const script = document.createElement('script');
    if (nonce) script.nonce = nonce;
    if (integrity) {
      script.integrity = integrity;
      script.crossOrigin = 'anonymous';
    }
    script.onload = () => resolve();
    script.onerror = () => {
      script.remove();
      reject(new Error(
        'custom-action-tracking: ' + src + ' did not load; expected the script of a campaign. ' +
        'An extension, the network, a Content-Security-Policy or another integrity hash stopped it.'
      ));
    };
    script.src = src;
    document.head.appendChild(script);
  });
  return inserted;
}

// What is wrong with the arguments, as a sentence; undefined if nothing is.
/**
 * @param {string} key
 * @param {string} host
 * @param {LoadOptions} options
 * @returns {string | undefined}
 */
function mistakeIn(key, host, { release, integrity }) {
  /** @type {[string, unknown, RegExp, string][]} */
  const checks = [
    ['key', key, /^[A-Za-z0-9]{5,}$/, 'at least 5 of A-Z, a-z, 0-9'],
    ['host', host, /^https?:\/\/[A-Za-z0-9.:[\]-]+$/, 'one such as https://track.example.org'],
  ];
  if (release !== undefined) checks.push(['release', release, /^[\w.-]+$/, 'one such as 0.2.0-0123456789abcdef']);
  if (integrity !== undefined) checks.push(['integrity', integrity, /^sha(256|384|512)-/, 'one such as sha384-…']);
  for (const [name, value, form, expected] of checks)
    if (typeof value !== 'string' || !form.test(value))
      return name + ' is ' + JSON.stringify(value) + '; expected ' + expected;
  if (integrity && !release)
    return 'integrity is ' + JSON.stringify(integrity) + ' without a release; expected both, ' +
      'since only the script of a release keeps its hash';
}
