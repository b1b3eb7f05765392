// Ticks actions off while the page is open. It asks only while somebody looks: every second just
// after an action's link was followed, then more and more seldom.
(function () {
  'use strict';
  var QUICK = 1000, CALM = 5000, SLOW = 30000, FOLLOWED = 'trk_followed', FRESH = 180000;
  var list = document.querySelector('.actions'), resume = document.getElementById('resume');
  var session = document.body.dataset.session, shown = true;
  var /** @type {string | null} */ etag, /** @type {number} */ timer,
    /** @type {AbortController | null} */ asking, /** @type {number} */ pause;

  // Where a link was followed in this tab, its page is gone when the person comes back.
  /** @param {number} [now] @returns {number} */
  function followed(now) {
    try {
      if (now) sessionStorage.setItem(FOLLOWED, String(now));
      return Number(sessionStorage.getItem(FOLLOWED));
    } catch (blocked) {
      return 0;
    }
  }

  /** @param {string} id @param {string} text */
  function put(id, text) {
    var element = document.getElementById(id);
    if (element) element.textContent = text;
    return element;
  }

  // In a frame (see frame.js) the page is sent for by a form. The page that an answer was sent for
  // would send it once more.
  function load() {
    if (resume) resume.submit();
    else if (location.pathname === list.dataset.page) location.reload();
    else location.replace(list.dataset.page);
  }

  /** @param {string} name @param {object} [detail] */
  function tell(name, detail) {
    document.dispatchEvent(new CustomEvent('campaign:' + name, { detail: detail }));
  }

  /** @param {any} answer */
  function show(answer) {
    var status = answer.status, done = 0, friend = false, /** @type {Unlocked[]} */ unlocked = [];
    if (!answer.entered || status.state !== list.dataset.campaign) return load();
    var reopened = status.actions.some(function (/** @type {any} */ action) {
      return action.state === 'open' && list.querySelector('[data-action="' + action.id + '"][data-state=done]');
    });
    status.actions.forEach(function (/** @type {any} */ action) {
      var item = list.querySelector('[data-action="' + action.id + '"]');
      if (action.state === 'done') done++;
      if (!item) return;
      var gain = action.entries - item.dataset.entries, changed = item.dataset.state !== action.state;
      item.dataset.entries = action.entries;
      if (gain > 0 && 'refers' in item.dataset) friend = true;
      if (gain > 0 || changed && action.state === 'done') unlocked.push({ id: action.id, title: item.dataset.title, gain: gain });
      if (!changed) return;
      item.dataset.state = action.state;
      item.classList.toggle('new', action.state === 'done');
      var repeats = item.querySelector('.again');
      if (repeats) {
        repeats.hidden = !action.again_at;
        repeats.querySelector('time').dateTime = action.again_at;
      }
      if (action.state === 'done') tell('unlocked', { id: action.id, title: item.dataset.title });
    });
    tell('changed');
    var before = document.getElementById('entries'), total = document.getElementById('total');
    if (total) toast.count(total, Number(total.dataset.count) + status.entries - before.dataset.count);
    if (before) toast.count(before, status.entries);
    if (put('progress', words.say('progress', { done: done, all: status.actions.length }))) {
      document.getElementById('bar').value = done;
      document.getElementById('all').hidden = done < status.actions.length;
    }
    var towards = document.getElementById('towards');
    if (towards) {
      var all = Number(towards.dataset.all);
      towards.textContent = words.say('progress', { done: Math.min(status.completed, all), all: all });
    }
    // A reward or a friend has come, the e-mail is confirmed, or an action has opened again: what
    // the page then has is needed.
    var confirmed = (status.to_confirm ? 'yes' : 'no') !== list.dataset.toConfirm;
    var stale = reopened || friend || confirmed || status.reward !== list.dataset.reward;
    // The next page tells what was unlocked, where it can know; or else this one does before.
    if (stale && (toast.kept || !unlocked.length)) return load();
    toast.tell(unlocked);
    if (!stale) return;
    asking = null;
    setTimeout(load, toast.LONG);
  }

  // One chain of questions at a time: a new one ends the old, also where its answer is under way.
  function ask() {
    var mine = asking = new AbortController(), /** @type {Record<string, string>} */ headers = {};
    if (etag) headers['If-None-Match'] = etag;
    if (session) headers.Authorization = 'Bearer ' + session;
    fetch(list.dataset.status, { headers: headers, cache: 'no-store', signal: mine.signal }).then(function (response) {
      if (response.status !== 200) return undefined;
      return response.json().then(function (answer) {
        if (mine !== asking) return;
        etag = response.headers.get('ETag');
        show(answer);
      });
    }).catch(function () {
      if (mine === asking) pause *= 2;
    }).then(function () {
      if (mine !== asking) return;
      timer = setTimeout(ask, pause);
      pause = Math.min(pause * 1.15, SLOW);
    });
  }

  function restart() {
    if (asking) asking.abort();
    asking = null;
    clearTimeout(timer);
    pause = Date.now() - followed() < FRESH ? QUICK : CALM;
    if (!document.hidden && shown) ask();
  }

  list.addEventListener('click', function (/** @type {any} */ event) {
    if (!event.target.closest('.go')) return;
    followed(Date.now());
    restart();
  });
  document.addEventListener('visibilitychange', restart);
  document.addEventListener('campaign:linked', restart);
  document.addEventListener('campaign:shown', function (/** @type {any} */ event) {
    shown = event.detail;
    restart();
  });
  addEventListener('pageshow', function (event) { if (event.persisted) restart(); });
  restart();
})();
