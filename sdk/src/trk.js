// trk.js: tells the tracking server what a page pushed, and loses nothing on the way.
// ES5 without back-ticks. KEY, ADDRESS and GLOBAL below are put in by sdk/builder.py.
(function (window, document) {
  'use strict';
  var key = KEY;
  var address = ADDRESS;
  var global = GLOBAL;
  var WEEK = 6048e5; // milliseconds: how long an entry is kept and tried
  var prefix = 'gleam_' + key + '_';
  var url = address + '/' + key + '/beacon';
  var memory = {};   // the outbox as this page knows it: id -> entry
  var waiting = {};  // id -> the pushes whose functions wait for that entry
  var flying = {};   // id -> 1 while a request is under way
  var failures = 0, last = 0, counter = 0, timer, visitor;

  function say(text) {
    window.console && console.warn(global + ': ' + text);
  }

  // Runs a step that a browser may forbid (storage, cookies, history); undefined if it does.
  function attempt(step) {
    try { return step(); } catch (error) { return undefined; }
  }

  // Calls a page's function later, so that its exception stops nothing of ours.
  function call(fn, argument) {
    setTimeout(function () {
      try { fn(argument); } catch (error) { window.console && console.error(error); }
    });
  }

  // count random hexadecimal digits.
  function random(count) {
    var text = '', bytes = attempt(function () { return crypto.getRandomValues(new Uint8Array(count)); });
    for (var i = 0; i < count; i++) text += ((bytes ? bytes[i] : Math.random() * 16) & 15).toString(16);
    return text;
  }

  // A UUIDv7 whose order is the order of the pushes, also within one millisecond.
  function uuid() {
    var now = Math.max(+new Date(), last), time;
    counter = now > last ? 0 : counter + 1;
    if (counter > 4095) { counter = 0; now++; }
    last = now;
    time = ('00000000000' + now.toString(16)).slice(-12);
    return time.slice(0, 8) + '-' + time.slice(8) + '-7' + ('00' + counter.toString(16)).slice(-3) + '-a' + random(3) + '-' + random(12);
  }

  // The visitor id: 128 random bits, in a cookie on the widest domain that accepts it (so that
  // www. and shop. agree), mirrored to localStorage; only in memory if both are blocked.
  function identify() {
    function cookie() {
      return attempt(function () { return /(?:^|; )gleam_id=([0-9a-f]{32})(?:;|$)/.exec(document.cookie)[1]; });
    }
    var id = cookie() || attempt(function () { return /^[0-9a-f]{32}$/.exec(localStorage.gleam_id)[0]; }) || random(32);
    // An address of numbers has no wider domain, nor has a single name; Firefox complains if asked.
    var labels = /^[\d.]*$|:/.test(location.hostname) ? [0] : location.hostname.split('.');
    for (var i = labels.length - 1; i >= 0 && cookie() != id; i--) {
      attempt(function () {
        document.cookie = 'gleam_id=' + id + ';path=/;max-age=34000000;samesite=lax' +
          (location.protocol == 'https:' ? ';secure' : '') + (i ? ';domain=' + labels.slice(i - 1).join('.') : '');
      });
    }
    attempt(function () { localStorage.gleam_id = id; });
    return id;
  }

  // Takes ?xref=TOKEN out of the page's address without a reload; all else stays as it was.
  function takeXref() {
    var token, search = location.search.replace(/([?&])xref=([^&]*)(&|$)/, function (all, before, value, after) {
      token = attempt(function () { return decodeURIComponent(value); });
      return after ? before : '';
    });
    if (token) attempt(function () {
      history.replaceState(history.state, '', location.pathname + search + location.hash);
    });
    return token || undefined;
  }

  // ---- The outbox: one storage key per entry, so that two tabs never overwrite each other.

  function keep(entry) {
    memory[entry.id] = entry;
    attempt(function () { localStorage[prefix + entry.id] = JSON.stringify(entry); });
  }

  function forget(id) {
    delete memory[id];
    delete flying[id];
    attempt(function () { localStorage.removeItem(prefix + id); });
  }

  // Brings what earlier pages left into this page's outbox.
  function recall() {
    attempt(function () {
      for (var i = localStorage.length; i--;) {
        var name = localStorage.key(i), entry = name.indexOf(prefix) ? 0 : attempt(function () { return JSON.parse(localStorage[name]); });
        if (entry && entry.id) memory[entry.id] = entry;
      }
    });
  }

  // An entry as the server reads it; its age makes it count for when it happened.
  function body(entry) {
    var age = Math.max(0, Math.min(WEEK, +new Date() - entry.time));
    return JSON.stringify({ id: entry.id, visitor: entry.visitor, age: age, pairs: entry.pairs, xref: entry.xref });
  }

  // ---- Delivery

  // What the server said of an entry. Only JSON of ours is an acknowledgement or a refusal: a
  // captive portal's page, for instance, is neither.
  function answered(entry, status, text, after) {
    var answer = attempt(function () { return JSON.parse(text); }) || 0, id = entry.id, i;
    if (!memory[id]) return;
    if (status > 199 && status < 300 && answer.unlocked) {
      failures = 0;
      forget(id);
      for (i = 0; i < (answer.refused || '').length; i++) say(answer.refused[i].message);
      settle(id, 'callback', answer);
    } else if (status > 399 && status < 500 && status != 429 && answer.error) {
      forget(id);
      say(answer.error.message);
      settle(id, 'error', { reason: answer.error.message, retry: false });
    } else {
      delete flying[id];
      later(after);
    }
  }

  // Tries again after a pause that doubles, with jitter, or after what the server asked for.
  function later(after) {
    var pause = after > 0 ? after * 1000 : Math.min(3e5, 1000 * Math.pow(2, failures++)) * (1 + Math.random()) / 2;
    timer = timer || setTimeout(function () { timer = 0; flush(); }, pause);
  }

  // Sends one entry. keepalive lets the request outlive the page; the browser may refuse it when
  // too much is under way, so a failure is tried once more without.
  function send(entry, plain) {
    var request, done, hang = setTimeout(function () { finish(0); }, 3e4);
    function finish(status, text, after) {
      clearTimeout(hang);
      if (!done) answered(entry, status, text, after);
      done = 1;
    }
    flying[entry.id] = 1;
    try {
      if (window.fetch) {
        fetch(url, { method: 'POST', body: body(entry), keepalive: !plain, credentials: 'omit' }).then(function (response) {
          return response.text().then(function (text) {
            finish(response.status, text, response.headers.get('Retry-After'));
          });
        })['catch'](function () {
          if (plain || done) return finish(0);
          clearTimeout(hang);
          done = 1;
          send(entry, 1);
        });
      } else {
        request = new XMLHttpRequest();
        request.open('POST', url);
        request.onload = function () { finish(request.status, request.responseText, request.getResponseHeader('Retry-After')); };
        request.onerror = function () { finish(0); };
        request.send(body(entry));
      }
    } catch (error) { finish(0); }
  }

  // Hands over what is not under way, oldest first; after an outage only some at a time.
  function flush() {
    var ids = [], busy = 0, id, i;
    for (id in memory) if (flying[id]) busy++; else ids.push(id);
    ids.sort();
    for (i = 0; i < ids.length && busy < 20; i++) {
      if (+new Date() - memory[ids[i]].time > WEEK) forget(ids[i]);
      else { busy++; send(memory[ids[i]]); }
    }
    if (i < ids.length) later(1);
  }

  // The page is going away: what no request has taken yet goes by sendBeacon.
  function leave() {
    for (var id in memory) if (!flying[id]) attempt(function () { navigator.sendBeacon(url, body(memory[id])); });
  }

  // ---- The page's calls

  // An entry is through: tells the pushes that wait for it, each when its last entry is.
  function settle(id, kind, answer) {
    var pushes = waiting[id] || [], i;
    delete waiting[id];
    for (i = 0; i < pushes.length; i++) {
      var push = pushes[i];
      push.left--;
      if (kind == 'error') tell(push, kind, answer);
      else {
        push.unlocked = push.unlocked.concat(answer.unlocked);
        push.duplicate = push.duplicate || answer.duplicate;
      }
      push.failed = push.failed || kind == 'error';
      if (!push.left && !push.failed) tell(push, 'callback', { unlocked: push.unlocked, duplicate: push.duplicate });
    }
  }

  // Calls a push's functions of one kind, each once.
  function tell(push, kind, argument) {
    for (var fns = push[kind], i = 0; i < fns.length; i++) call(fns[i], argument);
    push[kind] = [];
  }

  // Binds a push's functions to the entries ids; with nothing under way they are called at once.
  function watch(push, ids) {
    push.left = ids.length;
    if (!ids.length) tell(push, 'callback', { unlocked: [], duplicate: false });
    for (var i = 0; i < ids.length; i++) (waiting[ids[i]] = waiting[ids[i]] || []).push(push);
    setTimeout(function () {
      if (push.left) tell(push, 'error', { reason: 'not delivered yet', retry: true });
    }, 5000);
  }

  // A value as text; undefined and null are no value.
  function asText(value) {
    return value === undefined || value === null ? null : typeof value == 'object' ? JSON.stringify(value) : String(value);
  }

  function isArray(value) {
    return Object.prototype.toString.call(value) == '[object Array]';
  }

  // Reads one item into push. An array that starts with an array is an array of items; any other
  // is one pair.
  function read(item, push) {
    if (typeof item == 'string') item = [item];
    if (isArray(item) && isArray(item[0])) {
      for (var i = 0; i < item.length; i++) read(item[i], push);
    } else if (isArray(item) && typeof item[0] == 'string' && item[0] && item[0].length <= 200) {
      if (typeof item[1] == 'function' && (item[0] == 'callback' || item[0] == 'error')) push[item[0]].push(item[1]);
      else {
        var pair = [item[0], asText(item[1]), asText(item[2])];
        while (pair[pair.length - 1] === null) pair.pop();
        push.pairs.push(pair);
      }
    } else say('an item that is neither a name nor [name, value] was ignored');
  }

  // Puts pairs into the outbox, split so that no beacon passes 64 KB or 100 pairs.
  function enqueue(pairs, xref) {
    var ids = [], size = 0, entry, weight, i;
    function next() {
      entry = { id: uuid(), time: +new Date(), visitor: visitor, pairs: [], xref: xref };
      xref = undefined;
      size = 0;
      ids.push(entry.id);
    }
    if (xref) next();
    for (i = 0; i < pairs.length; i++) {
      weight = encodeURIComponent(JSON.stringify(pairs[i]).replace(/[\ud800-\udfff]/g, '\u20ac')).length;
      if (!entry || size && size + weight > 6e4 || entry.pairs.length > 99) {
        if (entry) keep(entry);
        next();
      }
      entry.pairs.push(pairs[i]);
      size += weight;
    }
    if (entry) keep(entry);
    return ids;
  }

  // One call of push, or all that was queued before loading: one beacon.
  function take(items, xref) {
    var push = { pairs: [], callback: [], error: [], unlocked: [], duplicate: false }, ids, i, id;
    for (i = 0; i < items.length; i++) read(items[i], push);
    ids = enqueue(push.pairs, xref);
    for (i = 0; i < ids.length; i++) send(memory[ids[i]]);
    if (!push.callback.length && !push.error.length) return;
    if (!ids.length) for (id in memory) ids.push(id);
    watch(push, ids);
  }

  attempt(function () {
    var gleam = window[global] = window[global] === undefined ? [] : window[global];
    if (gleam && gleam.trk) return;
    if (!isArray(gleam)) return say('window.' + global + ' is something else, so nothing is tracked');
    gleam.trk = 1;
    gleam.push = function () {
      var items = arguments;
      attempt(function () { take(items); });
      return 0;
    };
    visitor = identify();
    recall();
    take(gleam.splice(0, gleam.length), takeXref());
    flush();
    window.addEventListener('online', flush);
    window.addEventListener('pagehide', leave);
    window.addEventListener('pageshow', function (event) {
      if (event.persisted) { flying = {}; flush(); }
    });
    // A click on a link to the campaign's own page carries the visitor along.
    document.addEventListener('click', function (event) {
      attempt(function () {
        for (var link = event.target; link.nodeName != 'A';) link = link.parentNode;
        if (!(link.href.split(/[?#]/)[0] + '/').indexOf(address + '/' + key + '/') && link.search.indexOf('visitor=') < 0) {
          link.search += (link.search ? '&' : '?') + 'visitor=' + visitor;
        }
      });
    }, true);
  });
})(window, document);
