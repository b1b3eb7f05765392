// The API's page: a search that narrows the index and the operations, and one choice of a language
// for all examples. Without scripts the browser's own search does, and each example unfolds.
(function () {
  'use strict';

  /** @param {string} selector @param {(element: any) => void} work */
  function each(selector, work) {
    Array.prototype.forEach.call(document.querySelectorAll(selector), work);
  }

  var /** @type {any} */ field = document.getElementById('find');
  var /** @type {any} */ language = document.getElementById('language');
  var /** @type {any} */ index = document.getElementById('index');
  var /** @type {any} */ found = document.getElementById('found');
  var narrow = window.matchMedia('(max-width: 63.99rem)');

  document.documentElement.classList.add('scripted');

  // On a phone the index is folded until it is wanted; beside the text it is always there. The page
  // comes folded, because on a phone an open index would push the text down for a moment.
  function fold() { index.open = !narrow.matches; }
  fold();
  narrow.addEventListener('change', fold);
  each('#index a', function (link) { link.addEventListener('click', fold); });

  /** @param {string} chosen */
  function choose(chosen) {
    language.value = chosen;
    if (language.selectedIndex < 0) language.value = 'curl';
    each('[data-example]', function (example) { example.open = example.dataset.example === language.value; });
  }

  var chosen = 'curl';
  try {
    chosen = localStorage.getItem('trk_examples') || chosen;
  } catch (forbidden) { /* it is chosen for this page only */ }
  choose(chosen);
  language.addEventListener('change', function () {
    choose(language.value);
    try {
      localStorage.setItem('trk_examples', language.value);
    } catch (forbidden) { /* as above */ }
  });

  // What an operation is found by: its path, its name, what is said of it, and its fields.
  var /** @type {{ article: any, entry: any, words: string }[]} */ operations = [];
  each('article', function (article) {
    var words = [article.id];
    Array.prototype.forEach.call(article.querySelectorAll('h3, p, [data-fields]'), function (part) {
      words.push(part.textContent);
    });
    operations.push({
      article: article,
      entry: document.querySelector('[data-of="' + article.id + '"]'),
      words: words.join(' ').toLowerCase()
    });
  });

  function search() {
    var terms = field.value.toLowerCase().split(/\s+/).filter(Boolean), count = 0;
    operations.forEach(function (one) {
      var fits = terms.every(function (/** @type {string} */ term) { return one.words.indexOf(term) >= 0; });
      one.article.hidden = one.entry.hidden = !fits;
      if (fits) count += 1;
    });
    each('.noun, .group', function (group) {
      group.hidden = !group.querySelector('article:not([hidden]), li:not([hidden])');
    });
    each('.intro', function (part) { part.hidden = terms.length > 0; });
    if (!terms.length) found.textContent = '';
    else if (!count) found.textContent = 'No operation has all of these words.';
    else found.textContent = count + ' of ' + operations.length + ' operations';
  }

  field.addEventListener('input', function () {
    search();
    window.scrollTo(0, 0); // what was found begins at the top
  });
  field.addEventListener('keydown', function (/** @type {KeyboardEvent} */ event) {
    var /** @type {any} */ link = document.querySelector('#index li:not([hidden]) a');
    if (event.key === 'Escape' && field.value) {
      event.preventDefault();
      field.value = '';
      search();
    } else if (event.key === 'Enter' && link) {
      location.hash = link.hash;
    } else if (event.key === 'ArrowDown' && link) {
      event.preventDefault();
      index.open = true;
      link.focus();
    }
  });
  document.addEventListener('keydown', function (event) {
    var /** @type {any} */ target = event.target;
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName)) return;
    event.preventDefault();
    field.focus();
  });
  if (field.value) search(); // the browser has kept it
})();
