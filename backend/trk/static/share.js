// The button beside an address shares it by the browser's own sheet, or copies it, and says so.
(function () {
  'use strict';
  var sheet = !!navigator.share;

  document.querySelectorAll('[data-share]').forEach(function (button) {
    var field = document.getElementById(button.dataset.share);

    function copied() {
      button.textContent = words.say('copied');
      document.getElementById('news').textContent = words.say('copied');
    }

    // In a frame that may not use the clipboard, as before there was one.
    function copy() {
      field.focus();
      field.select();
      var kept = navigator.clipboard ? navigator.clipboard.writeText(field.value) : Promise.reject();
      return kept.catch(function () {
        if (!document.execCommand('copy')) throw new Error('not copied');
      }).then(copied).catch(function () { /* It is selected, to be copied by hand. */ });
    }

    button.hidden = false;
    if (!sheet) button.textContent = words.say('copy');
    button.addEventListener('click', function () {
      document.getElementById('news').textContent = '';
      if (!sheet) return copy();
      navigator.share({ title: button.dataset.title, url: field.value }).catch(function (/** @type {Error} */ problem) {
        if (problem.name !== 'AbortError') copy();
      });
    });
  });
})();
