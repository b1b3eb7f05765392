// The shop's own script. Nothing here needs the tracking script: pages work the same without it.
(function () {
  'use strict';

  // The callback of each page's push: a small note says that the push has arrived.
  window.noted = function (answer) {
    var place = document.getElementById('noted');
    var kind = answer.unlocked.length ? 'noted-unlocked' : 'noted-stored';
    place.replaceChildren(document.getElementById(kind).content.cloneNode(true));
    place.querySelector('.close').addEventListener('click', function () { place.replaceChildren(); });
  };

  // "Add to cart" without leaving the page; if that fails, the form is submitted as usual.
  /** @param {Event} event */
  function add(event) {
    var /** @type {any} */ form = event.currentTarget, said = form.querySelector('.added');
    event.preventDefault();
    fetch(form.action, { method: 'POST', body: new URLSearchParams(/** @type {any} */ (new FormData(form))), headers: { Accept: 'application/json' } })
      .then(function (response) {
        if (!response.ok) throw new Error('the cart answered ' + response.status);
        return response.json();
      })
      .then(function (cart) {
        var count = document.getElementById('cart-count'), link = document.createElement('a');
        count.textContent = cart.count;
        count.hidden = false;
        link.href = '/cart';
        link.textContent = 'See your cart';
        said.replaceChildren(form.dataset.added + ' is in your cart. ', link);
        window.report();
      })
      .catch(function () { form.submit(); });
  }

  document.querySelectorAll('form.add').forEach(function (form) { form.addEventListener('submit', add); });

  // In the cart, choosing a number submits the form.
  document.querySelectorAll('[data-no-script]').forEach(function (button) { button.hidden = true; });
  document.querySelectorAll('[data-sends]').forEach(function (select) {
    select.addEventListener('change', function () { select.form.submit(); });
  });

  // Scroll to the gift finder's answer.
  var found = document.getElementById('found');
  if (found) found.scrollIntoView({ block: 'start' });
})();
