// In a browser that keeps no cookie, whoever enters would see the form again, and again. It says so.
(function () {
  'use strict';
  var said = document.getElementById('no-cookies');
  if (said) said.hidden = navigator.cookieEnabled;
})();
