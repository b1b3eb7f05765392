// Ticks actions off while the page is open: asks quickly just after a link was followed or the page
// was shown, more slowly later, and not at all while nobody looks.
(function () {
  'use strict';
  var list = document.querySelector('.actions');
  var etag, timer, pause;

  function show(answer) {
    var entries = document.getElementById('entries');
    answer.status.actions.forEach(function (action) {
      var item = list.querySelector('[data-action="' + action.id + '"]');
      if (item) item.dataset.state = action.state;
    });
    if (entries) entries.textContent = answer.status.entries;
  }

  function ask() {
    fetch(list.dataset.status, { headers: etag ? { 'If-None-Match': etag } : {}, cache: 'no-store' })
      .then(function (response) {
        if (response.status !== 200) return undefined;
        etag = response.headers.get('ETag');
        return response.json().then(show);
      })
      .catch(function () {})
      .then(function () {
        pause = Math.min(pause * 1.3, 30000);
        timer = setTimeout(ask, pause);
      });
  }

  function restart() {
    clearTimeout(timer);
    pause = 1000;
    if (!document.hidden) ask();
  }

  document.addEventListener('visibilitychange', restart);
  list.addEventListener('click', restart);
  restart();
})();
