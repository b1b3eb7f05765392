// embed.js: embeds the campaign in each <div data-gleam-embed="KEY">, or else at its script tag.
//
// Nothing of the page jumps when the campaign comes: it fills the room that the page has kept free
// for it (the place's own min-height), and draws nothing into sight that stands below it. Besides,
// the next page reserves at once what this one needed.
var TALL = 'gleam_height_' + 'KEY';

function embed() {
  var /** @type {NodeListOf<HTMLElement>} */ places = document.querySelectorAll('[data-gleam-embed="KEY"]');
  if (!places.length) places = document.querySelectorAll('body script[src^="ADDRESS/KEY/embed.js"]');
  [].forEach.call(places, function (/** @type {HTMLElement} */ place) {
    if (place.gleam) return;
    var came = false, room = place.clientHeight, shown = frame('min-height:' + room + 'px;height:' + needed() + 'px', {
      loaded: function () { came = true; },
      height: function (height) {
        // Of a page that has just come; it also changes with each row that the visitor opens.
        if (came) {
          keep(shown.offsetHeight);
          remember(TALL, innerWidth + ' ' + height);
        }
        came = false;
        shown.style.height = height + 'px';
      }
    }, /dark/.test(getComputedStyle(document.documentElement).colorScheme) ? '' : '&scheme=light');
    // Keeps so much height, as far as the window shows it; the rest goes as soon as it is out of sight.
    function keep(/** @type {number} */ height) {
      shown.style.minHeight = Math.max(room, Math.min(height, innerHeight - shown.getBoundingClientRect().top)) + 'px';
    }

    addEventListener('scroll', function () { keep(parseFloat(shown.style.minHeight)); }, true);
    place.gleam = shown;
    if (/^script$/i.test(place.tagName) && place.parentNode) place.parentNode.insertBefore(shown, place);
    else place.appendChild(shown);
  });
}

// The height that the frame had last in a window as wide as this one, or else that of the window:
// while it grows, what stands below it is out of sight.
function needed() {
  var tall = String(stored(function (storage) { return storage[TALL]; })).split(' ');
  return +tall[0] === innerWidth && tall[1] || innerHeight;
}

if (allowed()) ready(function () {
  embed();
  // A page built by scripts may add its <div> later.
  new MutationObserver(embed).observe(document.body, { childList: true, subtree: true });
});
