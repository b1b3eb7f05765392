// What the scripts of a campaign's page say, in the page's language: sentences from the page, with
// their plural forms; numbers and lengths of time as the browser writes them.
window.words = (function () {
  'use strict';
  var page = document.body.dataset, locale = page.locale;
  var /** @type {Record<string, any>} */ sentences = JSON.parse(page.words || '{}');

  /** @param {number} count @param {Intl.NumberFormatOptions} [style] */
  function number(count, style) {
    return new Intl.NumberFormat(locale, Object.assign({ numberingSystem: 'latn' }, style)).format(count);
  }

  return {
    // A sentence; of one with several forms, that for `num`.
    /** @param {string} name @param {Record<string, string | number>} [values] */
    say: function (name, values) {
      var found = sentences[name], given = values || {};
      if (typeof found !== 'string') found = found[new Intl.PluralRules(locale).select(Number(given.num))] || found.other;
      return found.replace(/%\((\w+)\)s/g, function (/** @type {string} */ _, /** @type {string} */ key) {
        return typeof given[key] === 'number' ? number(/** @type {number} */ (given[key])) : given[key];
      });
    },
    number: number,
    /** @param {number} count @param {string} unit */
    units: function (count, unit) {
      return number(count, { style: 'unit', unit: unit, unitDisplay: 'long', useGrouping: false });
    }
  };
})();
