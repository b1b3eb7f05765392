// Runs in the page under test before the page's own scripts, and reports through the console what
// not every browser's protocol reports: what the page's policy blocks, where a script fails, what
// trk.js writes, and each beacon with its answer. Changes nothing else. TOKEN is a secret word that
// marks its lines, PREFIX what marks those of trk.js.
(function () {
  var debug = console.debug.bind(console), warn = console.warn, json = JSON.stringify, sends = 0, requests = new WeakMap(),
    fetch = window.fetch, open = XMLHttpRequest.prototype.open, send = XMLHttpRequest.prototype.send,
    part = navigator.sendBeacon;

  // JSON as it is, whatever toJSON a library of the page gave to arrays and strings.
  /** @param {string} kind @param {object} data */
  function tell(kind, data) {
    debug('TOKEN' + json([kind, data], function (name) { return this[name]; }));
  }

  // Reports that a beacon is being sent; the function returned reports its answer.
  /**
   * @param {string} url
   * @param {unknown} body
   * @param {boolean} [parting]
   * @returns {(status: number, answer: string) => void}
   */
  function begin(url, body, parting) {
    var number = Math.random() + '.' + sends++;
    if (typeof body != 'string' || !/\/beacon$/.test(url)) return function () {};
    tell('send', { number: number, url: url, body: body, parting: !!parting });
    return function (status, answer) {
      tell('answer', { number: number, status: status, answer: answer });
    };
  }

  // In debug mode trk.js writes each call of push to the console. Where storage is blocked, there is
  // no debug mode, and only what becomes a beacon can be observed.
  try { localStorage.gleam_debug = 1; } catch (blocked) { /* then it says nothing */ }

  addEventListener('securitypolicyviolation', function (event) {
    if (event.disposition != 'report') tell('violation', {
      directive: event.effectiveDirective, blocked: event.blockedURI, policy: event.originalPolicy
    });
  }, true);

  console.warn = function (/** @type {unknown} */ who, /** @type {any} */ what) {
    if (typeof who == 'string' && who.indexOf('PREFIX') === 0)
      tell('line', { text: [who, what].join(' ') + (what && what.stack ? '\n' + what.stack : '') });
    return warn.apply(console, /** @type {any} */ (arguments));
  };

  // Where it was: a script that can't be parsed has no stack, and Firefox keeps that of a promise. Of
  // another site's script the page is told no more than these two words.
  addEventListener('error', function (event) {
    if (event.message && event.message != 'Script error.') tell('error', { text: event.message, stack: [event.filename, event.lineno, event.colno].join(':') });
  }, true);
  addEventListener('unhandledrejection', function (event) {
    if (event.reason && event.reason.stack) tell('error', { text: String(event.reason), stack: event.reason.stack });
  });

  window.fetch = function (/** @type {any} */ input, options) {
    var end = begin(String(input && input.url || input), options && options.body),
      promise = fetch.apply(this, /** @type {any} */ (arguments));
    promise.then(function (response) {
      return response.clone().text().then(end.bind(0, response.status));
    }).then(null, end.bind(0, 0, ''));
    return promise;
  };

  XMLHttpRequest.prototype.open = function (/** @type {string} */ _, /** @type {string | URL} */ url) {
    requests.set(this, String(url));
    return open.apply(this, /** @type {any} */ (arguments));
  };

  XMLHttpRequest.prototype.send = function (/** @type {any} */ body) {
    var request = this, url = requests.get(this) || '';
    if (/\/beacon$/.test(url)) {
      var end = begin(url, body);
      this.addEventListener('loadend', function () { end(request.status, request.responseText); });
    }
    return send.apply(this, /** @type {any} */ (arguments));
  };

  navigator.sendBeacon = function (url, body) {
    begin(String(url), body, true);
    return part.apply(navigator, /** @type {any} */ (arguments));
  };
})();
