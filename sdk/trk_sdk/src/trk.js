// trk.js: sends what a page pushes to tracking servers, and loses nothing on the way.
//
// ES5 without back-ticks. sdk/trk_sdk/builder.py fills in the words in capitals: what is written
// to the console (from sdk/trk_sdk/console.py) and, in the last function, where the campaign is,
// whether it asks for consent, what in the browser counts as a refusal, and the name of the global.
//
// A push has parts; each becomes a beacon with an id of its own. Each part becomes one entry in the
// outbox for every campaign on the page; an entry leaves the outbox once the server has it.
//
// @name marks the line of a feature, or its lines up to @}: the build prints the size of each one.

/** @typedef {{ id: string, pairs: unknown[], xref?: string, visitor?: string }} Part  a beacon */
/** @typedef {{ body: string, pushes: Push[], state?: 1 | 2, pause: number }} Entry */
/**
 * What one call of push was given and what became of it. The address of a campaign that has it is
 * a key.
 * @typedef {{ callback: Function[], error: Function[], unlocked: string[], duplicate?: any, left: number, parts: Part[], [base: string]: any }} Push
 */
/** @typedef {{ error?: any, refused?: { message: string }[], unlocked?: string[], duplicate?: any }} Answer */

(function () {
  var WEEK = 6048e5,  // milliseconds: how long an entry is kept and tried
    /** @type {Record<string, 0 | 1>} */
    campaigns = {},   // address of a campaign's page -> does it ask for consent?
    /** @type {Push[]} */
    pushes = [],      // all of this page, kept for campaigns whose script loads later
    /** @type {Record<string, Entry>} */
    outbox = {},      // storage key -> entry; its pushes are those that wait for it
    last = 5e15,      // the time in the latest id, in 1/4096 ms; a clock before 2009 is none
    /** @type {Record<string, any>} */
    storage = attempt(function () { return localStorage; }) || {},
    debug = /[?&]gleam_debug=1/.test(location) || storage.gleam_debug,  // @debug
    /** @type {any} */
    consent = 0,      // true: given, -1: refused, 0: not asked yet
    /** @type {string | undefined} */
    visitor;

  // Runs a step that may fail because of the browser or the page; if it does, runs the other one.
  /**
   * @param {(argument: any) => any} step
   * @param {0 | ((error: any) => any)} [other]
   * @param {any} [argument]
   * @returns {any}
   */
  function attempt(step, other, argument) {
    try { return step(argument); } catch (error) {
      return other && attempt(other, 0, error);
    }
  }

  /** @param {unknown} text */
  function say(text) {
    attempt(function () { console.warn(PREFIX, text); });
  }

  // Calls step with each key of a map.
  /** @param {object} map @param {(key: string) => void} step */
  function each(map, step) {
    Object.keys(map).forEach(step);
  }

  // The value as plain JSON, even if a library of the page gave toJSON to arrays and strings.
  /** @param {unknown} value */
  function json(value) {
    return JSON.stringify(value, function (name) { return this[name]; });
  }

  // ---- Who it is

  // The text, with each x replaced by a random hexadecimal digit.
  /** @param {string} text */
  function random(text) {
    return text.replace(/x/g, function () {
      return (crypto.getRandomValues(new Uint8Array(1))[0] % 16).toString(16);
    });
  }

  // A UUIDv7 without hyphens. Its time, counted in 1/4096 of a millisecond, never repeats: the
  // order of the ids is the order of the pushes.
  function uuid() {
    last = Math.max(last + 1, new Date * 4096);
    return random(last.toString(16).replace(/.{11}/, '0$&7') + 'axxxxxxxxxxxxxxx');
  }

  // Sets the cookie on the widest domain that accepts it, so that www. and shop. share it; without
  // an id, removes it from all of them. IP addresses and single-label names have no wider domain,
  // and Firefox would warn about the attempt.
  /** @param {string | undefined} id */
  function mark(id) {
    var labels = location.hostname.split('.'), /** @type {any} */ i = /,\d+$/.test(labels) || labels.length;
    while (i-- && document.cookie.indexOf('gleam_id=' + id) < 0)
      document.cookie = 'gleam_id=' + id + ';path=/;samesite=lax;max-age=' + (id ? 34e6 : 0) +
        (i ? ';domain=' + labels.slice(i - 1).join('.') : '') + (/^https/.test(location) ? ';secure' : '');
  }

  // Deletes what this page or earlier ones have stored, except for entries younger than the limit:
  // these join this page's outbox.
  /** @param {any} [limit] */
  function sweep(limit) {
    each(storage, function (name) {
      if (!/^gleam_[0i]/.test(name)) return;
      if (age(name) < limit) {
        // The previous page may have just sent it: wait a second for the answer, so that entries
        // are not sent again and again while a visitor hurries from page to page.
        outbox[keep(name, storage[name])].state = 1;
        setTimeout(attempt, 1e3, send, 0, name);
      } else delete storage[name];
    });
  }

  // Finds or makes the visitor id: 128 random bits in a cookie, mirrored to localStorage; kept only
  // in memory if both are blocked.
  function identify() {
    visitor = /gleam_id=([\da-f]{32})/.exec(
      attempt(function () { return document.cookie; }) + 'gleam_id=' + storage.gleam_id +
      'gleam_id=' + random('xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx')
    )[1];
    sweep(WEEK);
    attempt(mark, 0, visitor);
    attempt(function () { storage.gleam_id = visitor; });
  }

  // @consent {
  // Consent was given, or it was refused: then nothing remains stored.
  /** @param {boolean | 0} given */
  function decide(given) {
    if (debug) say(SENTENCE.CONSENT + given);  // @debug
    consent = given || -1;
    if (given) return;
    sweep();
    attempt(mark, 0, visitor = undefined);
    pushes = [];
    outbox = {};
  }
  // @}

  // @xref {
  // Reports ?xref=TOKEN and removes it from the page's address, without a reload.
  function report() {
    var found = /([?&])xref=([^&]+)(&?)/.exec(location.search);
    if (found) {
      take([], [{ xref: found[2], id: uuid(), pairs: [] }]);
      history.replaceState(history.state, '', location.href.replace(found[0], found[3] && found[1]));
    }
  }
  // @}

  // ---- Delivery

  /** @param {string} name @param {string} body */
  function keep(name, body) {
    attempt(function () { storage[name] = body; });
    outbox[name] = { body: body, pushes: [], pause: 500 };
    return name;
  }

  // Milliseconds since the id in an entry's key was made, within limits should the clock be wrong.
  /** @param {string} name */
  function age(name) {
    // @ts-expect-error: subtraction turns the hexadecimal text into a number
    return Math.max(0, Math.min(WEEK, new Date - ('0x' + name.slice(6, 18))));
  }

  // An entry as it is sent; its age lets it count for the time at which it was pushed.
  /** @param {string} name */
  function wire(name) {
    return '{"age":' + age(name) + ',' + outbox[name].body.slice(1);
  }

  // Sends an entry once. With keepalive the request outlives the page, but browsers limit how much
  // may be under way; so if fetch fails for any reason, XMLHttpRequest is tried.
  /** @param {string} name */
  function send(name) {
    var entry = outbox[name], url = name.slice(38), body = wire(name), /** @type {1 | undefined} */ done;

    // Only our server's answer acknowledges or refuses; a captive portal's page does neither.
    /** @param {number} [status] @param {any} [after] @param {string} [text] */
    function finish(status, after, text) {
      var /** @type {Answer} */ answer = attempt(JSON.parse, 0, text) || {};
      if (done || outbox[name] != entry) return;
      done = 1;
      if (debug) say(SENTENCE.GOT + status + ' ' + text);  // @debug
      if (answer.refused || answer.error && !/429|5../.test(status)) {
        delete outbox[name];
        delete storage[name];
        (answer.refused || [answer.error]).forEach(function (problem) { say(problem.message); });
        entry.pushes.forEach(settle.bind(0, answer));
      } else {
        // Rests for a time that roughly doubles (with jitter) or that the server asked for, for an
        // hour at most.
        entry.state = 2;
        entry.pause *= 1.5 + Math.random();
        setTimeout(attempt, Math.min(36e5, after * 1e3 || entry.pause), send, 0, name);
      }
    }

  // @XMLHttpRequest {
    function again() {
      var request = new XMLHttpRequest;
      entry.state = 2;
      request.open('POST', url);
      request.onloadend = function () { finish(request.status, request.getResponseHeader('Retry-After'), request.responseText); };
      request.send(body);
    }
  // @}

    entry.state = 1;
    if (debug) say(SENTENCE.SENT + body);  // @debug
    setTimeout(finish, 3e4);
    attempt(function () {
      fetch(url, { body: body, keepalive: 1, method: 'POST', credentials: 'omit' }).then(function (response) {
        return response.text().then(finish.bind(0, response.status, response.headers.get('Retry-After')));
      }).catch(again);
    }, again);
  }

  // @sendBeacon {
  // The page is being left: entries without a keepalive request under way go by sendBeacon.
  function leave() {
    each(outbox, function (name) {
      if (outbox[name].state != 1) navigator.sendBeacon(name.slice(38), wire(name));
    });
  }
  // @}

  // ---- The page's calls

  // Calls a push's functions of one kind, once each and asynchronously, so that an exception in
  // one of them does not stop us.
  /** @param {Function[]} fns @param {unknown} argument */
  function tell(fns, argument) {
    fns.splice(0).forEach(function (fn) { setTimeout(attempt, 0, fn, say, argument); });
  }

  // One of the things that a push waited for is done.
  /** @param {Answer} answer @param {Push} push */
  function settle(answer, push) {
    if (answer.error) {
      push.callback.length = 0;
      tell(push.error, { retry: false, reason: answer.error.message });
    }
    push.unlocked = push.unlocked.concat(answer.unlocked || []);
    push.duplicate |= answer.duplicate;
    if (!--push.left) {
      push.error.length = 0;
      tell(push.callback, { duplicate: !!push.duplicate, unlocked: push.unlocked });
    }
  }

  // Gives every push to every campaign that may have it and does not have it yet, and sends entries
  // that are neither under way nor resting after a failure.
  function spread() {
    each(campaigns, function (base) {
      if (campaigns[base] > consent) return;  // @consent
      if (!visitor) identify();
      pushes.forEach(function (push) {
        /** @param {string} name */
        function wait(name) {
          outbox[name].pushes.push(push);
          push.left++;
        }

        if (push[base]) return;
        push[base] = 1;
        push.left++;
        push.parts.forEach(function (part) {
          part.visitor = visitor;
          wait(keep('gleam_' + part.id + base + '/beacon', json(part)));
        });
        // Functions pushed alone wait for everything in the outbox.
        if (!push.parts[0]) each(outbox, wait);
        settle({}, push);
      });
    });
    each(outbox, function (name) { if (!outbox[name].state) send(name); });
  }

  // A value as text; undefined and null stay: they mean "no value".
  /** @param {unknown} value */
  function asText(value) {
    return value == null ? value : typeof value == 'object' ? JSON.stringify(value) : '' + value;
  }

  // Handles one call of push, or everything that was queued before loading.
  /** @param {ArrayLike<unknown>} items @param {Part[]} [reported] */
  function take(items, reported) {
    var /** @type {Part} */ part, size = 1e4, /** @type {Push} */
      push = { callback: [], error: [], unlocked: [], left: 0, parts: reported || [] };

    // A beacon must not exceed 64 KB or 100 pairs, and a pair that is too large to be accepted must
    // not take others down with it.
    /** @param {unknown[]} pair */
    function add(pair) {
      var weight = json(pair).length + 100;
      if ((size += weight) > 1e4) {
        push.parts.push(part = { id: uuid(), pairs: [] });
        size = weight;
      }
      part.pairs.push(pair);
    }

    // An array that starts with an array is a list of items; any other item is one pair.
    /** @param {any} item */
    function read(item) {
      var /** @type {any[]} */ pair = [].concat(item), name = pair[0] || 0, value = pair[1];
      if (Array.isArray(name)) readAll(pair);
      else if (typeof value == 'function' && (name == 'callback' || name == 'error')) push[name].push(value);
      else if (name == 'consent' && value === !!value) decide(value);  // @consent
      else if (typeof name == 'string' && name.length <= 200) add(pair.slice(0, 3).map(asText));
      else say(SENTENCE.NOT_AN_ITEM + json(item));
    }

    /** @param {ArrayLike<unknown>} list */
    function readAll(list) {
      [].forEach.call(list, attempt.bind(0, read, say));
    }

    if (debug) say(SENTENCE.PUSHED + json(items));  // @debug
    readAll(items);
    if (consent >= 0) pushes.push(push);
    spread();
    setTimeout(tell, 5e3, push.error, { retry: true, reason: 'not delivered yet' });
  }

  // Handles a click on an element that declares a push, or on a link to a campaign's own page: the
  // visitor id is added to that address.
  /** @param {Event} event */
  function click(event) {
    // eslint-disable-next-line no-cond-assign -- parentheses would cost each visitor two bytes
    for (var /** @type {any} */ node = event.target, data; data = node.dataset; node = node.parentNode) {
      if (data.gleamTrack) take([[data.gleamTrack, data.gleamValue]]);  // @declarative attributes
      // @links to the campaign {
      // A link converts to its address; a campaign's ends after the first segment of the path.
      if (/^.{8}[^/]*.\w*/.exec(node) in campaigns && visitor && !/visitor=/.test(node.search)) node.search += '&visitor=' + visitor;
      // @}
    }
  }

  /** @param {string} name @param {(event: any) => void} step */
  function listen(name, step) {
    addEventListener(name, attempt.bind(0, step, say), true);
  }

  // Takes over the global, or joins the script that already has. It is looked up by its bare name,
  // since a page's const is no property of window.
  function start() {
    var gleam = attempt(function () { return GLOBAL; }) || [];
    attempt(function () {
      if (!gleam.trk) {
        take(gleam.splice(0));
        attempt(report);  // @xref
        gleam.push = function () { attempt(take, say, arguments); };
        /** @param {string} base @param {0 | 1} ask @param {unknown} refused */
        gleam.trk = function (base, ask, refused) {
          campaigns[base] = ask;
          if (refused && !consent) decide(0);  // @consent
          spread();
          return visitor;
        };
        // Online again: send everything, including what was under way or resting.
        listen('online', function () { each(outbox, send); });
        listen('pagehide', leave);  // @sendBeacon
        listen('click', click);
        window.GLOBAL = gleam;
      }
      gleam.trk('ADDRESS/KEY', ASK, PRIVACY);
    }, say.bind(0, SENTENCE.GLOBAL_TAKEN));
  }

  if (document.prerendering) listen('prerenderingchange', start); else // @prerender
  start();
})();
