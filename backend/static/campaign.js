// Ticks actions off while the page is open. It asks only while somebody looks: every second just
// after an action's link was followed, then more and more seldom.
(function () {
  'use strict';
  var QUICK = 1000, CALM = 5000, SLOW = 30000, FOLLOWED = 'trk_followed', FRESH = 180000;
  var list = document.querySelector('.actions');
  var etag, timer, asking, pause;

  // Where a link was followed in this tab, its page is gone when the person comes back.
  function followed(now) {
    try {
      if (now) sessionStorage.setItem(FOLLOWED, now);
      return sessionStorage.getItem(FOLLOWED);
    } catch (blocked) {
      return 0;
    }
  }

  function put(id, text) {
    var element = document.getElementById(id);
    if (element) element.textContent = text;
    return element;
  }

  function show(answer) {
    var status = answer.status, done = 0, unlocked = [];
    if (!answer.entered || status.state !== list.dataset.campaign) return location.reload();
    status.actions.forEach(function (action) {
      var item = list.querySelector('[data-action="' + action.id + '"]');
      if (action.state === 'done') done++;
      if (!item || item.dataset.state === action.state) return;
      item.dataset.state = action.state;
      item.classList.toggle('new', action.state === 'done');
      if (action.state === 'done') unlocked.push(item.querySelector('h3').textContent);
    });
    var before = document.getElementById('entries'), total = document.getElementById('total');
    if (total) total.textContent = +total.textContent + status.entries - before.textContent;
    before.textContent = status.entries;
    if (put('progress', done + ' of ' + status.actions.length)) {
      document.getElementById('bar').value = done;
      document.getElementById('all').hidden = done < status.actions.length;
    }
    if (unlocked.length) put('news', 'Done: ' + unlocked.join(', ') + '. You have ' + status.entries + ' entries.');
  }

  // One chain of questions at a time: a new one ends the old, also where its answer is under way.
  function ask() {
    var mine = asking = new AbortController();
    fetch(list.dataset.status, {
      headers: etag ? { 'If-None-Match': etag } : {}, cache: 'no-store', signal: mine.signal
    }).then(function (response) {
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
    if (!document.hidden) ask();
  }

  list.addEventListener('click', function (event) {
    if (!event.target.closest('.go')) return;
    followed(Date.now());
    restart();
  });
  document.addEventListener('visibilitychange', restart);
  addEventListener('pageshow', function (event) { if (event.persisted) restart(); });
  restart();
})();
