// What has just been unlocked is seen and heard: a toast with each action's title and entries,
// figures that move, and one sentence for screen readers. Also what was unlocked since this browser
// last showed the page: a copy of how things stood then is kept in its storage.
window.toast = (function () {
  'use strict';
  var LONG = 6000, QUICK = 700, MOST = 3, READ = 400;
  var body = document.body.dataset, list = document.querySelector('.actions'), page = list.dataset;
  var toasts = document.getElementById('toasts'), still = matchMedia('(prefers-reduced-motion: reduce)');
  var kept = 'trk_seen_' + page.page.split('/')[1], /** @type {Unlocked[]} */ shown = [], /** @type {number} */ timer;

  // The part of a frame that is on the screen: one in a customer's page may be as high as its
  // content. If none of it is, the toast waits until somebody looks.
  var watch = new IntersectionObserver(function (seen) {
    var part = seen[seen.length - 1].intersectionRect;
    if (!part.height) return;
    toasts.style.paddingBlockEnd = innerHeight - part.bottom + 'px';
    if (!timer) timer = setTimeout(hide, LONG);
  }, { threshold: Array.from({ length: 101 }, function (_, n) { return n / 100; }) });

  function hide() {
    watch.disconnect();
    toasts.hidden = true;
    shown = [];
  }

  /** @param {Unlocked} one */
  function gained(one) {
    return document.getElementById('entries') && one.gain > 0 ? words.say('gain', { num: one.gain }) : '';
  }

  /** @param {string} text @param {string} gain */
  function line(text, gain) {
    var row = document.createElement('li'), title = document.createElement('strong'), chip = document.createElement('span');
    title.dir = 'auto';
    title.textContent = text;
    row.append(title);
    chip.className = 'worth';
    chip.textContent = gain;
    if (gain) row.append(chip);
    return row;
  }

  // While one toast is up, what comes next is added to it.
  /** @param {Unlocked[]} unlocked */
  function show(unlocked) {
    shown = shown.concat(unlocked);
    var rows = shown.slice(-MOST).map(function (one) { return line(one.title, gained(one)); });
    if (shown.length > MOST) rows.push(line(words.say('more', { num: shown.length - MOST }), ''));
    toasts.querySelector('ul').replaceChildren.apply(toasts.querySelector('ul'), rows);
    clearTimeout(timer);
    timer = 0;
    watch.disconnect();
    toasts.hidden = true;
    void toasts.offsetHeight; // so that it comes in once more
    toasts.hidden = false;
    watch.observe(toasts);
  }

  /** @param {Unlocked[]} unlocked */
  function say(unlocked) {
    var titles = unlocked.map(function (one) { return [one.title, gained(one)].join(' ').trim(); });
    var entries = document.getElementById('entries'), news = words.say('done', { titles: titles.join(words.say('comma')) });
    if (entries) news += ' ' + words.say('entries', { num: Number(entries.dataset.count) });
    document.getElementById('news').textContent = news;
  }

  // Moves a figure from what it shows to what it is; without motion it is that at once.
  /** @param {HTMLElement} element @param {number} from @param {number} to */
  function move(element, from, to) {
    var start = performance.now();
    element.dataset.count = String(to);
    function step() {
      var part = still.matches ? 1 : Math.min((performance.now() - start) / QUICK, 1);
      if (element.dataset.count !== String(to)) return;
      element.textContent = words.number(Math.round(from + (to - from) * part * (2 - part)));
      if (part < 1) requestAnimationFrame(step);
    }
    step();
  }

  // Entries by action, of those that have been done: what a later page compares with.
  function standing() {
    var /** @type {Record<string, number>} */ entries = {};
    list.querySelectorAll('[data-action]').forEach(function (/** @type {any} */ item) {
      var row = item.dataset;
      if (row.state === 'done' || Number(row.entries)) entries[row.action] = Number(row.entries);
    });
    return entries;
  }

  /** @returns {boolean} */
  function remember() {
    try {
      localStorage.setItem(kept, JSON.stringify({ entrant: page.entrant, entries: standing() }));
      return true;
    } catch (blocked) {
      return false;
    }
  }

  // How things stood when this entrant last looked; nothing in a browser that doesn't know.
  /** @returns {Record<string, number> | undefined} */
  function remembered() {
    try {
      var found = JSON.parse(localStorage.getItem(kept) || '{}');
      return found.entrant === page.entrant ? found.entries : undefined;
    } catch (blocked) {
      return undefined;
    }
  }

  function sinceLast() {
    var before = remembered(), now = standing(), /** @type {Unlocked[]} */ unlocked = [];
    Object.keys(now).forEach(function (id) {
      // Where nothing can be kept, as in many frames, the page itself says what was just answered.
      if (before ? id in before && now[id] <= before[id] : id !== body.news) return;
      var row = list.querySelector('[data-action="' + id + '"]').dataset;
      unlocked.push({ id: Number(id), title: row.title, gain: before ? now[id] - (before[id] || 0) : Number(row.worth) });
    });
    return unlocked;
  }

  var missed = sinceLast();
  var api = {
    LONG: LONG,
    kept: missed.length ? !!remembered() : remember(),
    /** @param {HTMLElement} element @param {number} to */
    count: function (element, to) {
      move(element, Number(element.dataset.count), to);
    },
    /** @param {Unlocked[]} unlocked */
    tell: function (unlocked) {
      api.kept = remember();
      if (!unlocked.length) return;
      show(unlocked);
      say(unlocked);
    }
  };
  // A screen reader hears what changes after it has taken in the page.
  if (missed.length) setTimeout(api.tell, READ, missed);
  return api;
})();
