// Without cookies, whoever enters would see the form again and again: the page says what it needs.
(function () {
  'use strict';
  var said = document.getElementById('no-cookies');
  if (said) said.hidden = navigator.cookieEnabled;
})();
