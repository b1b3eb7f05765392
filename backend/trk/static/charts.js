// Tells the count of one day of a chart: of the one that the pointer is at, or that the arrow keys
// choose. Without scripts the numbers are in the table below the charts.
(function () {
  'use strict';

  /** @param {any} chart */
  function start(chart) {
    var counts = chart.dataset.counts.split(' '), picture = chart.querySelector('svg');
    var from = Date.parse(chart.dataset.from), days = counts.length;
    var range = document.createElement('input'), told = document.createElement('output');
    var day = document.createElementNS('http://www.w3.org/2000/svg', 'rect');

    /** @param {number} at */
    function words(at) {
      var date = new Date(from + at * 864e5).toLocaleDateString('en-GB', {
        weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC'
      });
      return date + ': ' + Number(counts[at]).toLocaleString('en');
    }

    /** @param {number} at */
    function show(at) {
      var share = (at + 0.5) / days * 100 + '%';
      day.setAttribute('x', String(at * 10));
      picture.appendChild(day);
      told.textContent = words(at);
      told.style.left = share;
      told.style.transform = 'translateX(-' + share + ')'; // of its own width: never beyond the chart
      chart.appendChild(told);
    }

    function hide() {
      told.remove();
      day.remove();
    }

    range.type = 'range';
    range.max = String(days - 1);
    range.value = range.max;
    range.setAttribute('aria-label', chart.dataset.chart + ', day by day');
    range.setAttribute('aria-valuetext', words(days - 1));
    day.setAttribute('class', 'day');
    day.setAttribute('width', '10');
    day.setAttribute('height', '66');
    told.setAttribute('aria-hidden', 'true'); // the range has it, too

    function chosen() {
      range.setAttribute('aria-valuetext', words(Number(range.value)));
      show(Number(range.value));
    }
    range.addEventListener('input', chosen);
    range.addEventListener('focus', chosen);
    range.addEventListener('blur', hide);

    /** @param {PointerEvent} event */
    function pointed(event) {
      var box = picture.getBoundingClientRect();
      var at = Math.floor((event.clientX - box.left) / box.width * days);
      return Math.max(0, Math.min(at, days - 1));
    }
    chart.addEventListener('pointermove', function (/** @type {PointerEvent} */ event) { show(pointed(event)); });
    chart.addEventListener('pointerleave', function () {
      if (document.activeElement === range) chosen();
      else hide();
    });
    chart.addEventListener('click', function (/** @type {PointerEvent} */ event) {
      range.value = String(pointed(event));
      range.focus({ preventScroll: true }); // a finger leaves at once, and what it chose stays
      chosen();
    });
    chart.appendChild(range);
  }

  Array.prototype.forEach.call(document.querySelectorAll('[data-chart]'), start);
})();
