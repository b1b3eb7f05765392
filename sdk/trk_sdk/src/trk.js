// trk.js: sends what a page pushes to tracking servers, and loses nothing on the way.
//
// ES5 without back-ticks. sdk/trk_sdk/builder.py fills in the words in capitals: what is written
// to the console (from sdk/trk_sdk/console.py) and, in the last function, where the campaign is,
// whether it asks for consent, what in the browser counts as a refusal, and the name of the global.
//
// What is pushed in one task shares a beacon, a part, until that is full. Before push returns, a
// part is an entry of the outbox for every campaign on the page; an entry leaves the outbox once
// the server has it.
//
// Pages and their libraries replace built-ins. So functions get their arguments by closures, lists
// are read and made longer by their indices, and what is needed again and again is taken once, at
// the start. Whatever fails all the same is caught, and told in one line.
//
// @name marks the line of a feature, or its lines up to @}: the build prints the size of each one.

/** @typedef {{ id?: string, time: number, pairs: string, more: string, owners: Push[], size: number }} Part */
/** @typedef {{ name: string, url: string, time: number, body: string, part?: Part, pushes: Push[], state: number, pause: number }} Entry */
/**
 * What one call of push was given and what became of it; left: how much of it is under way.
 * @typedef {{ callback: Function[], error: Function[], unlocked: string[], duplicate?: any, left: number, pairs: number }} Push
 */
/** @typedef {{ error?: any, refused?: any[], unlocked: string[], pairs: string[], notes?: string[], duplicate?: any }} Answer */
/** @typedef {{ base: string, ask: any, given: number }} Campaign  does it ask for consent, how many parts has it */

(function () {
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

  attempt(function () {
    var WEEK = 6048e5,  // milliseconds: how long an entry is kept and tried
      /** @type {any} */
      page = window,
      later = page.setTimeout,
      /** @type {(thing: any) => boolean} */
      isArray = Array.isArray,
      stringify = JSON.stringify,
      /** @type {Campaign[]} */
      campaigns = [],
      /** @type {Part[]} */
      parts = [],       // all of this page, kept for campaigns whose script loads later
      /** @type {Part | 0 | undefined} */
      open,             // the one that what is pushed in this task joins
      /** @type {Entry[]} */
      outbox = [],
      soon = 0,         // is there to be a flush once the task is over?
      last = 5e15,      // the time in the latest id, in 1/4096 ms; a clock before 2009 is none
      /** @type {any} */
      storage,
      /** @type {any} */
      debug,            // @debug
      /** @type {any} */
      consent = 0,      // true: given, -1: refused, 0: not asked yet
      /** @type {string | undefined} */
      tail,             // of all ids of this page
      /** @type {string | undefined} */
      visitor,
      /** @type {string | undefined} */
      was,              // another id that this browser has used
      /** @type {any} */
      labelled,         // the control of a label that was just clicked
      /** @type {any[]} */
      counted,          // the elements whose push that click was
      /** @type {Record<string, any>} */
      told = {};

    // Calls step with each item of a list.
    /** @template T @param {ArrayLike<T>} list @param {(item: T, i: number) => void} step */
    function each(list, step) {
      for (var i = 0; i < list.length; i++) step(list[i], i);
    }

    /** @template T @param {T[]} list @param {T} item */
    function add(list, item) {
      list[list.length] = item;
    }

    /** @param {ArrayLike<unknown>} list */
    function copy(list) {
      var /** @type {unknown[]} */ items = [];
      each(list, function (item) { add(items, item); });
      return items;
    }

    /** @param {unknown[]} list @param {unknown} item */
    function has(list, item) {
      for (var i = list.length; i--;) if (list[i] == item) return true;
    }

    // Runs a step after some milliseconds. A page's setTimeout may pass on no more than that.
    /** @param {number} time @param {() => void} step */
    function wait(time, step) {
      later(function () { attempt(step, say); }, time);
    }

    // The value as plain JSON, even if a library of the page gave toJSON to arrays and strings.
    /** @param {unknown} value */
    function json(value) {
      return stringify(value, function (name) { return this[name]; });
    }

    // The page's storage; to touch it for the first time takes longer than the rest of a visit.
    /** @returns {Record<string, any>} */
    function kept() {
      if (!storage) {
        storage = attempt(function () { return localStorage; }) || {};
        debug = storage.gleam_debug || /[?&]gleam_debug=1/.test(/** @type {any} */ (location));  // @debug
      }
      return storage;
    }

    // ---- Who it is

    // That many random hexadecimal digits.
    /** @param {number} length */
    function random(length) {
      var bytes = attempt(function () { return crypto.getRandomValues(new Uint8Array(length)); }) || [], text = '';
      while (length--) text += ((bytes[length] || Math.random() * 16) & 15).toString(16);
      return text;
    }

    /** @param {string} text */
    function id(text) {
      return (/\bgleam_id=([\da-f]{32})/.exec(text) || '')[1];
    }

    // Learns the visitor id from the cookie. Two tabs that were opened at once have made two: the
    // cookie decides, and the next beacon tells the server of both.
    function meet() {
      var known = attempt(function () { return id(document.cookie); }) || id('gleam_id=' + kept().gleam_id);
      if (known && known != visitor) {
        was = visitor;
        visitor = known;
        if (was) room(0);
      }
    }

    // Sets the cookie on the widest domain that accepts it, so that www. and shop. share it; without
    // an id, removes it from all of them. IP addresses and single-label names have no wider domain,
    // and Firefox would warn about the attempt.
    function mark() {
      var labels = location.hostname.split('.'), /** @type {any} */ i = /,\d+$/.test(/** @type {any} */ (labels)) || labels.length;
      while (i-- && !(visitor && id(document.cookie)))
        document.cookie = 'gleam_id=' + visitor + ';path=/;samesite=lax;max-age=' + (visitor ? 34e6 : 0) +
          (i ? ';domain=' + labels.slice(i - 1).join('.') : '') + (/^https/.test(/** @type {any} */ (location)) ? ';secure' : '');
    }

    // Deletes what this page or earlier ones have stored, except for entries younger than the limit:
    // these join this page's outbox.
    /** @param {any} [limit] */
    function sweep(limit) {
      each(Object.keys(kept()), function (name) {
        var key = /^gleam_(0[\da-f]{11})[\da-f]{20}(http.+\/beacon)$/.exec(name), /** @type {Entry} */ entry;
        if (!key) return;
        // @ts-expect-error: subtraction turns the hexadecimal text into a number
        entry = keep(name, key[2], '0x' + key[1] - 0);
        entry.body = storage[name].slice(1);
        entry.state = 1;
        // The previous page may have just sent it: wait for the answer, so that entries are not
        // sent again and again while a visitor hurries from page to page.
        if (age(entry) < limit) wait(950, function () { send(entry); });
        else drop(entry);
      });
    }

    // Finds or makes the visitor id: 128 random bits in a cookie, mirrored to localStorage; kept only
    // in memory if both are blocked. Takes over what earlier pages have left in the outbox.
    function identify() {
      if (visitor) return;
      visitor = id('gleam_id=' + kept().gleam_id);
      meet();
      visitor = visitor || random(32);
      attempt(mark);
      attempt(function () { storage.gleam_id = visitor; });
      attempt(sweep, say, WEEK);
    }

    // @consent {
    // Consent was given, or it was refused: then nothing remains stored.
    /** @param {boolean | 0} given */
    function decide(given) {
      if (debug) say(SENTENCE.CONSENT + given);  // @debug
      consent = given || -1;
      if (given) return;
      sweep();
      delete storage.gleam_id;
      visitor = was = open = undefined;
      parts = [];
      outbox = [];
      each(campaigns, function (campaign) { campaign.given = 0; });
      attempt(mark);
    }
    // @}

    // @xref {
    // Reports ?xref=TOKEN and removes it from the page's address, without a reload; also whether the
    // page was opened straight from the campaign.
    function report() {
      var found = /([?&])xref=([^&]{1,200})(&|$)/.exec(location.search);
      if (found) {
        room(0).more = ',"xref":' + json(found[2]) + (document.referrer == 'ADDRESS/' ? ',"direct":true' : '');
        history.replaceState(history.state, '', location.href.replace(found[0], found[3] && found[1]));
      }
    }
    // @}

    // ---- Delivery

    // A new entry.
    /** @param {string} name @param {string} url @param {number} time @param {Part} [part] */
    function keep(name, url, time, part) {
      var /** @type {Entry} */ entry = { name: name, url: url, time: time, body: '', part: part, pushes: [], state: 0, pause: 500 };
      add(outbox, entry);
      return entry;
    }

    /** @param {Entry} entry */
    function drop(entry) {
      var /** @type {Entry[]} */ rest = [];
      each(outbox, function (other) { if (other != entry) add(rest, other); });
      outbox = rest;
      attempt(function () { delete storage[entry.name]; });
    }

    /** @param {Entry} entry @param {Push} push */
    function join(entry, push) {
      add(entry.pushes, push);
      push.left++;
    }

    // An entry as it is sent; its age lets it count for the time at which it was pushed.
    /** @param {Entry} entry */
    function wire(entry) {
      return '{"age":' + age(entry) + (debug ? ',"debug":true,' : ',') + entry.body;
    }

    // Whole milliseconds since an entry was made, within limits should the clock be wrong.
    /** @param {Entry} entry */
    function age(entry) {
      var time = +new Date - entry.time;
      return time > 0 ? time < WEEK ? time : WEEK : 0;
    }

    // Sends an entry once. With keepalive the request outlives the page, but browsers limit how much
    // may be under way; so if fetch fails for any reason, XMLHttpRequest is tried.
    /** @param {Entry} entry */
    function send(entry) {
      var body = wire(entry), /** @type {1 | undefined} */ done;

      // Only our server's answer acknowledges or refuses; a captive portal's page does neither.
      /** @param {any} [status] @param {any} [after] @param {any} [text] */
      function finish(status, after, text) {
        var /** @type {Answer} */ answer = attempt(JSON.parse, 0, text) || {}, problem = answer.error || '';
        if (done || !has(outbox, entry)) return;
        done = 1;
        if (debug) say(SENTENCE.GOT + status + ': ' + entry.url);  // @debug
        if (isArray(answer.refused) || problem.message && status != 429 && status < 500) {
          drop(entry);
          if (entry.part) entry.part.owners = [];
          learn(entry.pushes, answer, problem.message && problem);
          meet();
          spread();
        } else {
          // Rests for a time that roughly doubles (with jitter) or that the server asked for, for an
          // hour at most.
          entry.state = 2;
          entry.pause *= 1.5 + Math.random();
          after = after * 1e3 || entry.pause;
          wait(after < 36e5 ? after : 36e5, function () { send(entry); });
        }
      }

    // @XMLHttpRequest {
      function again() {
        var request = new XMLHttpRequest;
        entry.state = 2;
        request.open('POST', entry.url);
        request.onloadend = function () { finish(request.status, request.status > 400 && request.getResponseHeader('Retry-After'), request.responseText); };
        request.send(body);
      }
    // @}

      if (!has(outbox, entry)) return;
      entry.state = 1;
      if (debug) say(SENTENCE.SENT + (entry.part ? entry.part.pairs : entry.body) + ' to ' + entry.url);  // @debug
      wait(3e4, finish);
      attempt(function () {
        fetch(entry.url, { body: body, keepalive: true, method: 'POST', credentials: 'omit' }).then(function (response) {
          return response.text().then(function (text) { finish(response.status, response.headers.get('Retry-After'), text); });
        }).catch(again);
      }, again);
    }

    // Sends what is neither under way nor resting after a failure, once the page's task is over.
    function flush() {
      open = soon = 0;
      each(outbox, function (entry) { if (!entry.state) send(entry); });
    }

    // @sendBeacon {
    // The page is being left: entries without a keepalive request under way go by sendBeacon.
    function leave() {
      open = 0;
      each(outbox, function (entry) { if (entry.state != 1) navigator.sendBeacon(entry.url, wire(entry)); });
    }
    // @}

    // ---- The page's calls

    // Calls functions, once each and asynchronously, so that an exception in one of them does not
    // stop us.
    /** @param {Function[]} fns @param {unknown} argument */
    function tell(fns, argument) {
      each(fns, function (fn) { wait(0, function () { fn(argument); }); });
      fns.length = 0;
    }

    // Tells pushes what the server said of their pairs; some only waited for the answer.
    /** @param {Push[]} owners @param {Answer} answer @param {any} error */
    function learn(owners, answer, error) {
      var words = answer.pairs || [], refused = answer.refused || [error], unlocked = 0, problems = refused.length;
      each(words, function (word) { if (word == 'refused') problems--; });
      each(refused, function (problem) { say(problem.message); });
      each(answer.notes || [], function (note) {
        if (debug) say(SENTENCE.NOTE + note); else // @debug
        if (!told[note]) say(told[note] = note);
      });
      each(owners, function (push, i) {
        var problem = error;
        if (words[i] == 'unlocked') add(push.unlocked, answer.unlocked[unlocked++]);
        if (words[i] == 'refused' && refused[problems++].code == 'bad_pair') problem = refused[problems - 1];
        // Pushed alone, functions hear of everything that they waited for.
        if (!push.pairs) each(answer.unlocked || [], function (name) { add(push.unlocked, name); });
        push.duplicate |= answer.duplicate;
        settle(push, push.pairs && problem);
      });
    }

    // One of the things that a push waited for is done.
    /** @param {Push} push @param {any} [problem] */
    function settle(push, problem) {
      if (problem) {
        push.callback = [];
        tell(push.error, { retry: false, reason: problem.message });
      }
      if (!--push.left) {
        push.error.length = 0;
        tell(push.callback, { duplicate: !!push.duplicate, unlocked: push.unlocked });
      }
    }

    // Gives every part to every campaign that may have it and does not have it yet. The touched one
    // and the open one may have become longer.
    /** @param {any} [touched] */
    function spread(touched) {
      /** @param {Entry} entry */
      function write(entry) {
        var part = /** @type {Part} */ (entry.part);
        entry.body = '"id":"' + part.id + '","visitor":"' + visitor + (was ? '","was":"' + was : '') + '"' +
          part.more + ',"pairs":[' + part.pairs + ']}';
        attempt(function () { storage[entry.name] = '{' + entry.body; });
        for (var i = entry.pushes.length; i < part.owners.length; i++) join(entry, part.owners[i]);
      }

      each(outbox, function (entry) { if (entry.part && (entry.part == touched || entry.part == open)) write(entry); });
      each(campaigns, function (campaign) {
        for (var /** @type {Part} */ part, base = campaign.base; campaign.ask <= consent && (part = parts[campaign.given]); campaign.given++) {
          identify();
          if (part.pairs != null) write(keep('gleam_' + part.id + base + '/beacon', base + '/beacon', part.time, part));
          else {
            // Functions pushed alone wait for everything in the outbox.
            part.owners[0].left++;
            each(outbox, function (entry) { join(entry, part.owners[0]); });
            settle(part.owners[0]);
          }
        }
      });
      if (soon) return;
      soon = 1;
      attempt(function () {
        page.Promise.resolve().then(function () { attempt(flush, say); });
      });
      wait(0, flush);  // where there is no such promise
    }

    // The open part, if so many more characters fit in, or a new one. A beacon must not exceed 64 KB
    // or 100 pairs, and a pair that is too large to be accepted must not take others down with it.
    /** @param {number} weight @returns {Part} */
    function room(weight) {
      if (!open || (open.size += weight) > 2e4) {
        // A UUIDv7 without hyphens. Its time, counted in 1/4096 of a millisecond, never repeats: the
        // order of the ids is the order of the pushes.
        last = Math.max(last + 1, Math.min(+new Date || 0, 2e12) * 4096);
        add(parts, open = {
          id: last.toString(16).replace(/.{11}/, '0$&7') + (tail = tail || 'a' + random(15)),
          time: +new Date, pairs: '', more: '', owners: [], size: weight
        });
        if (visitor) meet();
      }
      return open;
    }

    // Is it ['callback', fn] or ['error', fn]?
    /** @param {any} item */
    function isFunction(item) {
      return isArray(item) && typeof item[1] == 'function' && (item[0] == 'callback' || item[0] == 'error');
    }

    // Handles one call of push.
    /** @param {ArrayLike<unknown>} items */
    function take(items) {
      var touched = open, /** @type {unknown[]} */ within = [],
        /** @type {Push} */ push = { callback: [], error: [], unlocked: [], left: 0, pairs: 0 };

      // An array that starts with an array is a list of items; any other item is one pair.
      /** @param {any} item */
      function read(item) {
        var list = isArray(item) ? item : [item], /** @type {any} */ name = list[0], value = list[1], text, part;
        if (isArray(name) && !within[99] && !has(within, item)) {
          add(within, item);
          readAll(item);
          within.length--;
        } else if (isFunction(item)) add(push[/** @type {'error'} */ (name)], value);
        else if (name == 'consent' && value === !!value) decide(value);  // @consent
        else if (typeof name == 'string' && name.length < 201 && typeof value != 'function') {
          // As text; undefined and null mean "no value".
          text = json(name);
          value = value == null ? value : typeof value == 'object' ? stringify(value) : '' + value;
          if (list.length > 1) text += ',' + (value == null ? null : json(value));
          if (list[2] != null) {
            if (typeof list[2] == 'string' && list[2].length < 201) text += ',' + json(list[2]);
            else say(SENTENCE.NOT_A_SIGNATURE + json(item));
          }
          part = room(text.length + 197);
          part.pairs += (part.pairs && ',') + '[' + text + ']';
          add(part.owners, push);
          push.pairs++;
        } else say(SENTENCE.NOT_AN_ITEM + json(item));
      }

      /** @param {ArrayLike<unknown>} list */
      function readAll(list) {
        each(list, function (item) { attempt(read, say, item); });
      }

      kept();
      readAll(items);
      if (debug) attempt(function () { say((isArray(items) ? SENTENCE.QUEUED : SENTENCE.PUSHED) + json(copy(items))); }, say);  // @debug
      if (consent < 0) {
        parts = [];
        open = 0;
        tell(push.error, { retry: false, reason: 'consent was refused' });
        if (!push.pairs) tell(push.callback, { duplicate: false, unlocked: [] });
      } else if (!push.pairs && (push.callback[0] || push.error[0])) {
        add(parts, /** @type {any} */ ({ owners: [push] }));
        open = 0;
      }
      spread(touched);
      if (push.error[0]) wait(5e3, function () { tell(push.error, { retry: true, reason: 'not delivered yet' }); });
    }

    // Replays what was pushed before this script came. Where one call ended and the next began is not
    // known: functions belong to the pairs before them (or behind them, where functions came first),
    // and of several callbacks those behind the first may stand alone.
    /** @param {any[]} queue */
    function replay(queue) {
      var /** @type {any[]} */ call = [], called = false, before = false;
      each(queue, function (item) {
        var is = isFunction(item);
        if (isFunction(call[0]) ? is && !before : before && (!is || called && item[0] == 'callback')) {
          take(call);
          call = [];
          called = false;
        }
        add(call, item);
        // A list is a call of its own where its functions come last.
        if (isArray(item) && isArray(item[0])) item = item[item.length - 1];
        before = isFunction(item);
        called = called || before && item[0] == 'callback';
      });
      take(call);
    }

    // @links to the campaign {
    // The address of a campaign's page, with a ticket by which its server knows the visitor: good
    // once, and for a minute. A campaign's address ends after the first segment of the path.
    /** @param {string} address @returns {string | undefined} */
    function lend(address) {
      var anchor = document.createElement('a'), ticket = random(32), /** @type {any} */ base, ours = false;
      anchor.href = address;
      base = /^.{8}[^/]*.\w*(?![^/?#])/.exec(anchor.href);
      each(campaigns, function (campaign) { ours = ours || campaign.base == base && campaign.ask <= consent; });
      if (!ours || /visitor=/.test(anchor.search)) return;
      wake();
      open = 0;
      room(0).more = ',"ticket":"' + ticket + '"';
      spread();
      anchor.search += '&visitor=' + ticket;
      return anchor.href;
    }
    // @}

    // Handles a click on an element that declares a push, or on a link to a campaign's own page.
    /** @param {any} event */
    function click(event) {
      var path = event.composedPath(), again = path[0] == labelled;

      /** @param {any} node */
      function see(node) {
        var data = node.dataset, /** @type {any} */ name, /** @type {any} */ address, /** @type {any} */ lent;
        if (!data) return;
        // A click on a label is followed by one on its control, which counts for none of the same.
        // @declarative attributes {
        if (data.gleamTrack && !(again && has(counted, node))) {
          take([[data.gleamTrack, data.gleamValue]]);
          add(counted, node);
        }
        if (node.htmlFor != null && node.control) labelled = node.control;
        // @}
        // @links to the campaign {
        // Afterwards the link's address is what it was.
        name = node.getAttribute('href') ? 'href' : 'xlink:href';
        address = node.getAttribute(name);
        if (address && (lent = lend(address))) {
          node.setAttribute(name, lent);
          wait(0, function () { if (node.getAttribute(name) == lent) node.setAttribute(name, address); });
        }
        // @}
      }

      // A page that took the global away may have loaded the script anew: then two hear of a click.
      if (event.button > 1 || event.gleam) return;
      event.gleam = 1;
      if (!again) counted = [];
      each(path, function (node) { attempt(see, say, node); });
      wait(0, function () { labelled = 0; });
    }

    // What can wait until the page pushes, is clicked on, or rests.
    function wake() {
      each(campaigns, function (campaign) { if (campaign.ask <= consent) identify(); });
      spread();
    }

    /** @param {(event: any) => void} step */
    function guard(step) {
      return function (/** @type {any} */ event) { attempt(step, say, event); };
    }

    // Takes over the global, or joins the script that already has. It is looked up by its bare name,
    // since a page's const is no property of window.
    function start() {
      var /** @type {any} */ gleam = attempt(function () { return GLOBAL; }) || /** @type {any} */ ([]), /** @type {any[]} */ queue,
        clicked = guard(click),
        left = guard(leave),  // @sendBeacon
        // Online again: send everything, including what was under way or resting.
        online = guard(function () {
          open = 0;
          each(outbox, send);
        });
      // Another tab has erased the id: consent was refused there.
      var erased = guard(function (event) { if (event.key == 'gleam_id' && !event.newValue) decide(0); });  // @consent

      // Listens, or goes on listening: document.open takes all of a page's listeners away.
      function listen() {
        page.addEventListener('click', clicked, true);
        page.addEventListener('auxclick', clicked, true);
        page.addEventListener('online', online, true);
        page.addEventListener('storage', erased, true);  // @consent
        page.addEventListener('pagehide', left, true);  // @sendBeacon
      }

      function push() {
        attempt(take, say, arguments);
        return arguments.length;
      }

      attempt(function () {
        // An element or a frame with that id or name is no global of the page's.
        if (gleam.window || gleam.nodeType || gleam.namedItem) gleam = /** @type {any} */ ([]);
        if (!gleam.trk) {
          if (!isArray(gleam)) throw 0;
          gleam.push = push;
          // Assignment does nothing where the page froze Array.prototype.
          if (gleam.push != push) Object.defineProperty(gleam, 'push', { value: push });
          /** @param {string} base @param {0 | 1} ask @param {unknown} refused */
          gleam.trk = function (base, ask, refused) {
            var /** @type {Campaign | undefined} */ known;
            each(campaigns, function (campaign) { if (campaign.base == base) known = campaign; });
            if (known) known.ask = ask;
            else add(campaigns, { base: base, ask: ask, given: 0 });
            if (refused && !consent) decide(0);  // @consent
            listen();
            spread();
            if (known) wake();
            else (page.requestIdleCallback || later)(guard(wake), { timeout: 99 });
            return visitor;
          };
          gleam.link = function (/** @type {string} */ address) { return attempt(lend, say, address) || address; };  // @links to the campaign
          queue = copy(gleam);
          gleam.length = 0;
          // First the token, in the same beacon: what is pushed is then pushed by somebody known.
          attempt(report);  // @xref
          attempt(replay, say, queue);
          attempt(function () { new MutationObserver(listen).observe(document, { childList: true }); });
          page.GLOBAL = gleam;
        }
        gleam.trk('ADDRESS/KEY', ASK, PRIVACY);
      }, function () { say(SENTENCE.GLOBAL_TAKEN); });
    }

    if (/** @type {any} */ (document).prerendering) page.addEventListener('prerenderingchange', start, true); else // @prerender
    start();
  }, say);
})();
