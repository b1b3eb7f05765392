// Of a date that is only half there, or that no calendar has, a browser sends nothing, as if it had
// been left out. So the form is not sent then, and the browser says why, in its own words.
(function () {
  'use strict';
  var form = document.getElementById('enter');
  if (form) form.addEventListener('submit', function (/** @type {Event} */ event) {
    var wrong = Array.prototype.find.call(form.querySelectorAll('[type=date]'), function (/** @type {HTMLInputElement} */ date) {
      return date.validity.badInput;
    });
    if (!wrong) return;
    event.preventDefault();
    event.stopImmediatePropagation(); // in a frame, frame.js would send it
    wrong.reportValidity();
  });
})();
