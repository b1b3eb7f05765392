// Keeps the times that are counted down true while the page is open, by the server's clock.
(function () {
  'use strict';
  var MINUTE = 60000, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
  var ahead = Number(document.body.dataset.now) - Date.now();

  // As backend/trk/core/language.py says them: never more than it is.
  /** @type {Record<string, (left: number) => string>} */
  var inWords = {
    span: function (left) {
      if (left >= 2 * DAY) return words.units(Math.floor(left / DAY), 'day');
      if (left >= HOUR) return words.units(Math.floor(left / HOUR), 'hour');
      if (left >= MINUTE) return words.units(Math.floor(left / MINUTE), 'minute');
      return words.say('less');
    },
    clock: function (left) {
      var minutes = Math.floor(left / MINUTE), hours = Math.floor(minutes / 60);
      if (minutes < 1) return words.say('less');
      return words.say(hours ? 'hours' : 'minutes', { hours: hours, minutes: minutes % 60 });
    }
  };

  function tick() {
    document.querySelectorAll('time[data-until]').forEach(function (time) {
      if (!time.dateTime) return;
      var text = inWords[time.dataset.until](Date.parse(time.dateTime) - Date.now() - ahead);
      if (time.textContent !== text) time.textContent = text;
    });
  }

  setInterval(tick, 1000);
  document.addEventListener('campaign:changed', tick);

  // A button beside a code copies it, where the browser lets it.
  document.querySelectorAll('[data-copy]').forEach(function (button) {
    if (!navigator.clipboard) return;
    button.hidden = false;
    button.addEventListener('click', function () {
      navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent).then(function () {
        button.textContent = words.say('copied');
      });
    });
  });
})();
