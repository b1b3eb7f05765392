// What the owner's pages can do with scripts; without them everything works by forms alone.
(function () {
  'use strict';

  /** @param {string} selector @param {(element: any) => void} work */
  function each(selector, work) {
    Array.prototype.forEach.call(document.querySelectorAll(selector), work);
  }

  var wrong = document.querySelector('[aria-invalid]');
  if (wrong) (wrong.querySelector('input') || wrong).focus();

  // Whoever would lose what they have typed, or what could not be saved, is asked first, also when
  // they press a button of another form. Boxes in lists, and what is only searched for, are no loss.
  var refused = !!(wrong && !wrong.closest('[data-ticks]') || document.querySelector('[data-unsaved]'));
  var typed = /** @type {HTMLFormElement[]} */ ([]);
  each('main form[method=post]:not([data-ticks])', function (form) {
    form.addEventListener('input', function () { typed.push(form); });
    form.addEventListener('submit', function (/** @type {SubmitEvent} */ event) {
      var button = /** @type {HTMLButtonElement | null} */ (event.submitter);
      if (button && button.formTarget === '_blank') return;
      refused = false;
      typed = typed.filter(function (other) { return other !== form; });
    });
  });
  window.addEventListener('beforeunload', function (event) {
    if (refused || typed.length) event.preventDefault();
  });

  // A form that was not filled in yet takes the browser's time zone.
  var zone = document.getElementById('timezone');
  if (zone && zone.value === 'UTC' && document.querySelector('[name=template]')) {
    try {
      zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
    } catch (unknown) { /* it stays UTC */ }
  }

  // Where there is no campaign whose zone it could be, a time is in that of who reads it.
  try {
    var words = new Intl.DateTimeFormat('en-GB', {
      day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23'
    });
    each('time[data-local]', function (time) {
      var /** @type {Record<string, string>} */ part = {};
      words.formatToParts(new Date(time.dateTime)).forEach(function (each) { part[each.type] = each.value; });
      time.textContent = part.day + ' ' + part.month + ' ' + part.year + ', ' + part.hour + ':' + part.minute;
    });
    each('[data-zone]', function (zone) {
      zone.textContent = words.resolvedOptions().timeZone;
    });
  } catch (unknown) { /* it stays UTC, and says so */ }

  each('[data-copy]', function (button) {
    if (!navigator.clipboard) return;
    var words = button.innerHTML, /** @type {number} */ timer;
    button.hidden = false;
    button.addEventListener('click', function () {
      var shown = document.getElementById(button.dataset.copy);
      navigator.clipboard.writeText(shown.textContent).then(function () {
        button.textContent = 'Copied';
        clearTimeout(timer);
        timer = setTimeout(function () { button.innerHTML = words; }, 3000);
      }, function () {
        var selection = window.getSelection();
        if (selection) selection.selectAllChildren(shown); // forbidden: the keyboard may copy it still
      });
    });
  });

  // What the site has reported last, as long as somebody looks. Screen readers hear what is new only.
  each('[data-seen]', function (place) {
    var list = place.querySelector('ol'), none = place.querySelector('[data-none]');
    var again = place.querySelector('[data-again]').parentNode;
    var status = place.querySelector('[role=status]'), /** @type {string | null} */ newest = null, /** @type {number} */ timer;

    /** @param {HTMLElement} item @param {string} name @param {string} text */
    function part(item, name, text) {
      var made = document.createElement('bdi');
      made.className = 'code';
      made.textContent = text;
      item.appendChild(document.createTextNode(name));
      item.appendChild(made);
    }

    /** @param {any[]} seen */
    function show(seen) {
      list.textContent = '';
      seen.forEach(function (each) {
        var item = document.createElement('li');
        if (!each.good) item.className = 'bad';
        item.appendChild(document.createTextNode('Seen ' + each.ago));
        if (each.origin_host !== null) part(item, ' from ', each.origin_host);
        item.appendChild(document.createTextNode(': '));
        if (each.name === null) item.appendChild(document.createTextNode('an entrant’s link'));
        else part(item, 'name ', each.name);
        if (each.value !== null) part(item, ', value ', each.value);
        item.appendChild(document.createTextNode(', ' + each.said));
        list.appendChild(item);
      });
      none.hidden = seen.length > 0;
      var id = seen.length ? seen[0].id : '';
      if (newest !== null && id !== newest && id) status.textContent = list.firstChild.textContent;
      newest = id;
    }

    function look() {
      clearTimeout(timer);
      if (document.visibilityState !== 'visible') return;
      fetch(place.dataset.seen, { cache: 'no-store', redirect: 'error' }).then(function (answer) {
        if (!answer.ok) throw new Error(String(answer.status));
        return answer.json();
      }).then(function (answer) {
        show(answer.seen);
        again.hidden = true;
      }).catch(function () {
        again.hidden = false; // signed out, or no network: a click tells
      }).then(function () {
        clearTimeout(timer);
        timer = setTimeout(look, 2000);
      });
    }

    document.addEventListener('visibilitychange', look);
    look();
  });

  // All rows of a page are ticked at once, and how many are is told.
  each('[data-ticks]', function (form) {
    var label = form.querySelector('[data-all]'), all = label.querySelector('input');
    var boxes = form.querySelectorAll('tbody [type=checkbox]'), count = form.querySelector('[data-count]');

    function tally() {
      var ticked = form.querySelectorAll('tbody :checked').length;
      all.checked = ticked > 0 && ticked === boxes.length;
      all.indeterminate = ticked > 0 && ticked < boxes.length;
      count.textContent = ticked ? ticked + ' selected' : 'Nothing selected';
    }

    form.addEventListener('change', function (/** @type {Event} */ event) {
      if (event.target === all) Array.prototype.forEach.call(boxes, function (/** @type {HTMLInputElement} */ box) { box.checked = all.checked; });
      tally();
    });
    window.addEventListener('pageshow', tally); // a browser that comes back ticks what was ticked
    label.previousElementSibling.hidden = true;
    label.hidden = false;
    form.querySelector('table').classList.add('ticks');
    tally();
  });

  // A field for a colour may be empty, which the browser's own can't be: it stands beside.
  each('[data-colour]', function (text) {
    var picker = document.createElement('input'), pair = document.createElement('div');
    picker.type = 'color';
    picker.setAttribute('aria-label', 'Choose: ' + text.labels[0].textContent);
    function follow() {
      picker.value = /^#[0-9a-f]{6}$/i.test(text.value) ? text.value : text.dataset.colour;
    }
    picker.addEventListener('input', function () {
      text.value = picker.value;
    });
    text.addEventListener('input', follow);
    follow();
    pair.className = 'with-colour';
    text.parentNode.insertBefore(pair, text);
    pair.appendChild(text);
    pair.appendChild(picker);
  });

  // The preview: the form is sent to a page that stores nothing, into a frame that runs nothing.
  // Each time into a new frame, since going on in one would make steps for the "back" button.
  each('[data-preview]', function (place) {
    var form = document.querySelector('[data-previewed]'), toggle = place.querySelector('.toggle');
    var wide = window.matchMedia('(min-width: 64rem)'), /** @type {Element | null} */ shown = null;
    var count = 0, /** @type {number} */ timer, stale = true, reveal = false;

    function refresh() {
      if (!wide.matches && !place.classList.contains('open')) {
        stale = true;
        return;
      }
      stale = false;
      var frame = document.createElement('iframe'), action = form.getAttribute('action');
      frame.title = 'What entrants see';
      frame.name = 'preview-' + (count += 1);
      frame.setAttribute('sandbox', '');
      frame.className = 'loading'; // not hidden: it could not scroll to the action then
      place.appendChild(frame);
      form.action = place.dataset.preview;
      form.target = frame.name;
      HTMLFormElement.prototype.submit.call(form);
      form.action = action;
      form.removeAttribute('target');
      frame.addEventListener('load', function () {
        if (shown) shown.remove();
        shown = frame;
        frame.className = '';
        if (reveal) place.scrollIntoView();
        reveal = false;
      });
    }

    toggle.addEventListener('click', function () {
      var open = place.classList.toggle('open');
      toggle.setAttribute('aria-expanded', String(open));
      toggle.textContent = open ? 'Hide preview' : 'Show preview';
      reveal = open;
      if (open) refresh();
    });
    wide.addEventListener('change', function () { if (stale) refresh(); });
    form.addEventListener('input', function () {
      clearTimeout(timer);
      timer = setTimeout(refresh, 400);
    });
    each('[data-preview-button]', function (button) { button.hidden = true; });
    place.hidden = false;
    refresh();
  });

  // A download goes the browser's own way; how far it has come is asked under a name of its own.
  each('[data-download]', function (link) {
    var place = document.querySelector('.download'), bar = place.querySelector('progress');
    var far = place.querySelector('.far'), status = place.querySelector('[role=status]');
    var plain = link.href, /** @type {string} */ latest;

    /** @param {string} name @param {{ state: string, rows: number, percent: number }} told */
    function tell(name, told) {
      bar.value = told.percent;
      far.textContent = told.rows.toLocaleString('en') + ' ' + (told.rows === 1 ? link.dataset.one : link.dataset.many) + ', ' + told.percent + ' %';
      if (told.state === 'complete') status.textContent = 'Download complete.';
      else if (told.state === 'broken') status.textContent = 'The download was interrupted.';
      else setTimeout(look, 1000, name, 0);
    }

    /** @param {string} name @param {number} misses */
    function look(name, misses) {
      fetch(link.dataset.download + name, { redirect: 'error' }).then(function (answer) {
        return answer.ok ? answer.json() : null; // it has not begun yet
      }).catch(function () {
        return null; // browsers end what is under way as the download begins
      }).then(function (told) {
        if (name !== latest) return;
        if (told) tell(name, told);
        else if (misses < 20) setTimeout(look, 300, name, misses + 1);
        else place.hidden = true;
      });
    }

    link.addEventListener('click', function () {
      latest = Date.now().toString(36) + Math.random().toString(36).slice(2, 10);
      link.href = plain + (plain.indexOf('?') < 0 ? '?' : '&') + 'download=' + latest;
      place.hidden = false;
      bar.removeAttribute('value');
      far.textContent = 'Starting…';
      status.textContent = '';
      look(latest, 0);
    });
  });

  // Actions are put in order by mouse as well as by their buttons.
  each('[data-sortable]', function (list) {
    var /** @type {Element | null} */ dragged = null;
    /** @param {Element | null} item */
    function over(item) {
      each('.over', function (marked) { marked.classList.remove('over'); });
      if (item && item !== dragged) item.classList.add('over');
    }
    Array.prototype.forEach.call(list.children, function (/** @type {HTMLElement} */ item) {
      item.draggable = true;
      item.addEventListener('dragstart', function (event) {
        dragged = item;
        item.classList.add('dragged');
        if (!event.dataTransfer) return;
        event.dataTransfer.effectAllowed = 'move';
        event.dataTransfer.setData('text/plain', item.id);
      });
      item.addEventListener('dragend', function () {
        item.classList.remove('dragged');
        over(null);
        dragged = null;
      });
      item.addEventListener('dragover', function (event) {
        if (!dragged) return;
        event.preventDefault();
        over(item);
      });
      item.addEventListener('drop', function (event) {
        if (!dragged || item === dragged) return;
        event.preventDefault();
        var form = dragged.querySelector('form'), to = document.createElement('input');
        to.type = 'hidden';
        to.name = 'to';
        to.value = String(Array.prototype.indexOf.call(list.children, item));
        form.appendChild(to);
        HTMLFormElement.prototype.submit.call(form);
      });
    });
  });
})();
