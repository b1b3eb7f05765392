// Runs in each frame of the page under test before the page's own scripts, and reports through the
// console what not every browser's protocol reports: what the page's policy blocks, where a script
// fails, what trk.js writes, each beacon with its answer, and what the page's global is. TOKEN is a
// secret word that marks its lines, PREFIX what marks those of trk.js, NAME is the global's name,
// MOST how much is reported of each kind.
//
// What it uses of the browser it takes first, since the page may replace it. It changes only what
// waits for a person, who is not there, and what a person would read.
(function () {
  var bind = Function.prototype.bind, by = bind.bind(Function.prototype.call),
    debug = bind.call(console.debug, console), json = JSON.stringify, random = Math.random, text = String,
    isArray = Array.isArray, arrayPush = Array.prototype.push, apply = by(Function.prototype.apply),
    test = by(RegExp.prototype.test), indexOf = by(String.prototype.indexOf), then = by(Promise.prototype.then),
    clone = by(Response.prototype.clone), body = by(Response.prototype.text),
    listen = by(EventTarget.prototype.addEventListener), prevent = by(Event.prototype.preventDefault),
    know = by(WeakMap.prototype.set), known = by(WeakMap.prototype.get), requests = new WeakMap(),
    fetch = window.fetch, open = XMLHttpRequest.prototype.open, send = XMLHttpRequest.prototype.send,
    part = navigator.sendBeacon, beacon = /\/beacon$/, sends = 0, page = random(), seen = '', errors = 0,
    told = /** @type {Record<string, number>} */ ({ send: 0, answer: 0, line: 0, violation: 0, error: 0, look: 0 });

  // Every object here has a toJSON of its own, since a library may give all of them another.
  /** @param {string} kind @param {object} data */
  function tell(kind, data) {
    if (told[kind]++ < MOST) debug('TOKEN' + json({ toJSON: undefined, kind: kind, data: data }));
  }

  // Reports that a beacon is being sent; the function returned reports its answer.
  /**
   * @param {string} url
   * @param {unknown} body
   * @param {boolean} [parting]
   * @returns {(status: number, answer: string) => void}
   */
  function begin(url, body, parting) {
    var number = random() + '.' + sends++;
    if (typeof body != 'string' || !test(beacon, url)) return function () {};
    tell('send', { toJSON: undefined, number: number, url: url, body: body, parting: !!parting });
    return function (status, answer) {
      tell('answer', { toJSON: undefined, number: number, status: status, answer: answer });
    };
  }

  /** @param {any} list */
  function texts(list) {
    var found = /** @type {any} */ ({ toJSON: undefined }), i;
    for (i = 0; i < list.length && i < 100; i++) {
      try { found[i] = json(list[i]) || 'null'; } catch (error) { found[i] = 'null'; }
    }
    return found;
  }

  // Reports what the global is, if that has changed. By its bare name too, since a const is no
  // property of window.
  function look() {
    var whole, bare, is = 'other', error = '', now;
    try {
      whole = window.NAME;
      is = whole == null ? 'absent' : !isArray(whole) ? 'other' : whole.push === arrayPush ? 'array' : 'ours';
    } catch (thrown) {
      try { error = text(thrown); } catch (silent) { error = 'an error without words'; }
    }
    try { bare = NAME; } catch (undeclared) { bare = undefined; }
    now = {
      toJSON: undefined, page: page, top: window === top, window: is, error: error,
      queued: is == 'array' || is == 'ours' ? texts(whole) : null, apart: isArray(bare) && bare !== whole ? texts(bare) : null
    };
    if (seen !== (seen = json(now))) tell('look', now);
    return true;
  }
  Object.defineProperty(window, 'TOKEN', { value: look });
  setInterval(look, 250);

  // In debug mode trk.js writes each call of push to the console. Where storage is blocked, there is
  // no debug mode, and only what becomes a beacon can be observed.
  try { localStorage.gleam_debug = 1; } catch (blocked) { /* then it says nothing */ }

  window.alert = window.print = function () {};
  window.confirm = function () { return false; };
  window.prompt = function () { return null; };
  // A page that fills the console would keep the browser from telling anything else.
  ['log', 'info', 'debug', 'error', 'dir', 'dirxml', 'table', 'trace', 'assert', 'count', 'group', 'groupCollapsed',
    'timeEnd', 'timeLog'].forEach(function (name) { /** @type {any} */ (console)[name] = function () {}; });
  console.warn = function (/** @type {unknown} */ who, /** @type {any} */ what) {
    try {
      if (typeof who == 'string' && indexOf(who, 'PREFIX') === 0) tell('line', {
        toJSON: undefined,
        text: who + (what == null ? '' : ' ' + text(what)) + (what && what.stack ? '\n' + what.stack : '')
      });
    } catch (unsaid) { /* trk.js says nothing that can't be written */ }
  };

  /** @param {any} event */
  function onViolation(event) {
    if (event.disposition != 'report') tell('violation', {
      toJSON: undefined, directive: event.effectiveDirective, blocked: event.blockedURI, policy: event.originalPolicy
    });
  }

  // Where it was: a script that can't be parsed has no stack, and Firefox keeps that of a promise. Of
  // another site's script the page is told no more than these two words.
  /** @param {any} event */
  function onError(event) {
    if (!event.message) return;
    if (event.message != 'Script error.') tell('error', {
      toJSON: undefined, text: event.message, stack: event.filename + ':' + event.lineno + ':' + event.colno
    });
    if (++errors > MOST) prevent(event);
  }

  /** @param {any} event */
  function onRejection(event) {
    try {
      if (event.reason && event.reason.stack) tell('error', {
        toJSON: undefined, text: text(event.reason), stack: text(event.reason.stack)
      });
    } catch (unsaid) { /* then the browser's own word must do */ }
    if (++errors > MOST) prevent(event);
  }

  function listenToErrors() {
    listen(window, 'securitypolicyviolation', onViolation, true);
    listen(window, 'error', onError, true);
    listen(window, 'unhandledrejection', onRejection);
  }
  listenToErrors();
  // document.open takes every listener off.
  new MutationObserver(listenToErrors).observe(document, { childList: true });

  window.fetch = function (/** @type {any} */ input, options) {
    var end = begin(text(input && input.url || input), options && options.body),
      promise = apply(fetch, this, arguments);
    then(promise, function (/** @type {Response} */ response) {
      then(body(clone(response)), function (/** @type {string} */ answer) { end(response.status, answer); }, lost);
    }, lost);
    function lost() { end(0, ''); }
    return promise;
  };

  XMLHttpRequest.prototype.open = function (/** @type {string} */ _, /** @type {string | URL} */ url) {
    know(requests, this, text(url));
    return apply(open, this, arguments);
  };

  XMLHttpRequest.prototype.send = function (/** @type {any} */ body) {
    var request = this, url = known(requests, this) || '';
    if (test(beacon, url)) {
      var end = begin(url, body);
      listen(this, 'loadend', function () { end(request.status, request.responseText); });
    }
    return apply(send, this, arguments);
  };

  navigator.sendBeacon = function (url, body) {
    begin(text(url), body, true);
    return apply(part, navigator, arguments);
  };
})();
