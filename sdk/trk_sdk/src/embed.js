// embed.js: embeds the campaign in each <div data-gleam-embed="KEY">, or else at its script tag.
function embed() {
  var /** @type {NodeListOf<HTMLElement>} */ places = document.querySelectorAll('[data-gleam-embed="KEY"]');
  if (!places.length) places = document.querySelectorAll('body script[src^="ADDRESS/KEY/embed.js"]');
  [].forEach.call(places, function (/** @type {HTMLElement} */ place) {
    if (place.gleam) return;
    var shown = frame('height:' + (stored(function (storage) { return storage[TALL]; }) || 480) + 'px', {
      // The next page reserves that much room at once, so that nothing jumps.
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
  // A page built by scripts may add its <div> later.
  new MutationObserver(embed).observe(document.body, { childList: true, subtree: true });
});
