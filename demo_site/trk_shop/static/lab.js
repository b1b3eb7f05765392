// The lab's observer. It is first in the head, since it must see the first push.
(function () {
  'use strict';
  var /** @type {any} */ script = document.currentScript, run = script.dataset.run;
  /** @type {{ at: number, who: string, what: string, kind: string }[]} */
  var seen = [];        // `at` in milliseconds since 1970
  var wire = 0;         // how many of the wire's events are in `seen`
  var gone = false;     // has the page gone on?
  var /** @type {(() => void)[]} */ listeners = [];
  var /** @type {Record<string, string>} */ figures = {};
  var /** @type {(() => void) | undefined} */ changed;

  function now() { return performance.timeOrigin + performance.now(); }

  /** @param {string} who @param {string} what @param {string} [kind] @param {number} [at] */
  function see(who, what, kind, at) {
    seen.push({ at: at || now(), who: who, what: what, kind: kind || '' });
    if (changed) changed();
  }

  /** @param {string} id */
  function place(id) { return document.getElementById(id); }

  // Sets one of the figures above the timeline; kept until the page is there to show it.
  /** @param {string} id @param {string} text */
  function figure(id, text) {
    figures[id] = text;
    if (place('figure-' + id)) place('figure-' + id).textContent = text;
  }

  // What the page does next, once: when it was told of its push, or by its own timer.
  function goOn() {
    if (gone) return;
    gone = true;
    see('Page', 'goes on');
    if (!figures.callback) figure('callback', 'not called');
  }

  /** @param {Gleam.Answer} answer */
  function told(answer) {
    see('Page', 'callback(' + JSON.stringify(answer) + ')', 'good');
    figure('callback', 'called');
    goOn();
  }

  /** @param {Gleam.Problem} problem */
  function failed(problem) {
    see('Page', 'error(' + JSON.stringify(problem) + ')', 'bad');
    figure('callback', 'error: ' + problem.reason);
    goOn();
  }

  // Runs the example and notes every push, whether an array or trk.js takes it at that time.
  /** @param {() => void} example */
  function pushes(example) {
    window.Gleam = window.Gleam || [];
    var /** @type {any} */ gleam = window.Gleam, push = gleam.push;
    gleam.push = function () {
      var items = Array.prototype.map.call(arguments, function (item) {
        return "['" + item[0] + "', " + (typeof item[1] === 'function' ? 'ƒ' : "'" + item[1] + "'") + ']';
      });
      see('Page', 'Gleam.push(' + items.join(', ') + ')');
      return push.apply(gleam, arguments);
    };
    example();
    if (push === Array.prototype.push) delete gleam.push;
    else gleam.push = push;
  }

  /** @param {() => void} example */
  function afterLoading(example) {
    listeners.push(function () { pushes(example); });
  }

  window.told = told;
  window.failed = failed;
  window.goOn = goOn;
  window.lab = { pushes: pushes, afterLoading: afterLoading };

  // What trk.js writes to the console is also shown on the page.
  var warn = console.warn;
  console.warn = function (who, what) {
    warn.apply(console, /** @type {any} */ (arguments));
    if (who === 'trk.js:') see('SDK', String(what).replace(/gleam_[0-9a-f]{32}(http\S+)/, 'the beacon'));
  };

  // The script tag's `load` event does not bubble, but can be captured.
  document.addEventListener('load', function (/** @type {any} */ event) {
    if (!/\/trk\.js$/.test(event.target.src || '')) return;
    see('Page', 'trk.js has loaded');
    figure('script', 'loaded');
    listeners.splice(0).forEach(function (listener) { listener(); });
  }, true);

  document.addEventListener('error', function (/** @type {any} */ event) {
    if (!/\/trk\.js$/.test(event.target.src || '')) return;
    see('Page', 'trk.js could not be loaded', 'bad');
    figure('script', 'not loaded');
  }, true);

  document.addEventListener('DOMContentLoaded', function () {
    var body = document.querySelector('#timeline tbody'), shown = '';

    changed = function () {
      var scroll = body.parentNode.parentNode, atEnd = scroll.scrollTop + scroll.clientHeight > scroll.scrollHeight - 30;
      var rows = seen.slice().sort(function (one, other) { return one.at - other.at; });
      body.replaceChildren.apply(body, rows.map(function (event) {
        var row = document.createElement('tr');
        row.className = event.kind;
        [((event.at - performance.timeOrigin) / 1000).toFixed(2) + ' s', event.who, event.what].forEach(function (text) {
          row.insertCell().textContent = text;
        });
        return row;
      }));
      if (atEnd) scroll.scrollTop = scroll.scrollHeight;
    };

    function outbox() {
      var waiting = 0;
      try {
        Object.keys(localStorage).forEach(function (name) { if (/^gleam_.{32}http/.test(name)) waiting++; });
      } catch (error) { return; }
      figure('outbox', waiting === 1 ? '1 beacon' : waiting + ' beacons');
    }

    /** @param {{ kind: string, status: number, text: string, at: number }} event */
    function crossed(event) {
      var /** @type {any} */ beacon, /** @type {string} */ what;
      if (event.kind === 'script') return see('Wire', event.status ? 'trk.js was delivered: ' + event.status : 'trk.js was not delivered', '', event.at);
      beacon = JSON.parse(event.text);
      what = 'beacon …' + String(beacon.id).slice(-6) + ' with ' + (beacon.pairs || []).map(function (/** @type {string[]} */ pair) { return pair[0]; }).join(', ');
      if (event.status === 200) what += ': 200, ' + (beacon.outcomes || []).join(', ');
      else what += event.status ? ': ' + event.status : ': connection broken';
      see('Wire', what, event.status === 200 ? 'good' : 'bad', event.at);
    }

    /** @param {{ actions: { name: string, state: string, value: string | null }[], problem: string }} answer */
    function states(answer) {
      var text = JSON.stringify(answer.actions), /** @type {Record<string, string>} */ words = { open: 'Open', waiting: 'Waits', unlocked: 'Unlocked', refused: 'Refused', unmatched: 'Unmatched' };
      place('problem').textContent = answer.problem;
      place('problem').hidden = !answer.problem;
      if (text === shown) return;
      shown = text;
      place('enter').hidden = !answer.actions.some(function (action) { return action.state === 'waiting'; });
      place('actions').replaceChildren.apply(place('actions'), answer.actions.map(function (action) {
        var item = document.createElement('li'), title = document.createElement('span'), state = document.createElement('span');
        item.dataset.action = action.name;
        item.dataset.state = action.state;
        title.textContent = action.name + (action.value === null ? '' : ' ');
        if (action.value !== null) title.appendChild(document.createElement('small')).textContent = action.value;
        state.textContent = words[action.state] || action.state;
        state.className = 'state';
        item.append(title, state);
        return item;
      }));
    }

    function ask() {
      fetch('/lab/runs/' + run).then(function (response) {
        return response.json().then(function (answer) {
          if (!response.ok) throw new Error(answer.error.message);
          answer.events.slice(wire).forEach(crossed);
          wire = answer.events.length;
          figure('sent', String(answer.events.filter(function (/** @type {{ kind: string }} */ event) { return event.kind === 'beacon'; }).length));
          states(answer);
        });
      }).catch(function (problem) {
        place('problem').textContent = 'The shop does not answer: ' + problem.message;
        place('problem').hidden = false;
      }).then(function () { setTimeout(look, 1000); });
    }

    function look() {
      if (document.hidden) document.addEventListener('visibilitychange', look, { once: true });
      else ask();
    }

    place('push').addEventListener('click', function () { pushes(window.example); });
    Object.keys(figures).forEach(function (id) { figure(id, figures[id]); });
    changed();
    outbox();
    setInterval(outbox, 200);
    look();
  });
})();
