// embed.js: the campaign in place: in each <div data-gleam-embed="KEY">, or where its script stands.
function embed() {
  var /** @type {NodeListOf<HTMLElement>} */ places = document.querySelectorAll('[data-gleam-embed="KEY"]');
  if (!places.length) places = document.querySelectorAll('body script[src^="ADDRESS/KEY/embed.js"]');
  [].forEach.call(places, function (/** @type {HTMLElement} */ place) {
    if (place.gleam) return;
    var shown = frame('height:' + (stored(function (storage) { return storage[TALL]; }) || 480) + 'px', {
      // The next page keeps that much room free at once, so that nothing jumps.
      height: function (height) {
        shown.style.height = height + 'px';
        stored(function (storage) { if (!ASK || storage[KEPT]) storage[TALL] = height; });
      }
    }, !/dark/.test(getComputedStyle(document.documentElement).colorScheme));
    place.gleam = shown;
    if (/^script$/i.test(place.tagName) && place.parentNode) place.parentNode.insertBefore(shown, place);
    else place.appendChild(shown);
  });
}

if (allowed()) ready(function () {
  embed();
  // A page that is built by scripts may bring its place later.
  new MutationObserver(embed).observe(document.body, { childList: true, subtree: true });
});
