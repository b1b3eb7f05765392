// The campaign's page in a frame of a customer's page: asks that page who looks, tells it what
// happens, and follows its words. The other side is sdk/trk_sdk/src/frame.js; each checks the other's origin.
(function () {
  'use strict';
  var body = document.body, page = body.dataset, resume = document.getElementById('resume');
  var enter = document.getElementById('enter'), entering = false, answered = false;

  /** @param {string} type @param {unknown} [detail] */
  function tell(type, detail) {
    parent.postMessage({ campaign: page.key, type: type, detail: detail }, page.origin || '');
  }

  /** @param {string} type @param {{ id: number, title: string }} [action] */
  function happened(type, action) {
    var /** @type {Record<string, unknown>} */ event = { type: type, campaign: { key: page.key, name: page.name } };
    if (action) event.action = action;
    tell('event', event);
  }

  /** @param {HTMLElement} item */
  function actionOf(item) {
    return { id: Number(item.dataset.action), title: item.dataset.title || '' };
  }

  /** @param {any} form @param {Record<string, string>} who */
  function fill(form, who) {
    ['session', 'visitor', 'page', 'browser', 'confirmed'].forEach(function (name) {
      if (form.elements[name] && who[name]) form.elements[name].value = who[name];
    });
    form.submit();
  }

  function show() {
    if (answered) return;
    answered = true;
    body.classList.remove('asking');
    if (page.news !== 'asking') tell('session', page.session);
    if (page.browser) tell('browser', page.browser);
    if (page.language) tell('language', page.language);
    happened('loaded');
    // Browsers follow no autofocus in another site's page.
    var wrong = document.querySelector('[autofocus]');
    if (wrong) wrong.focus();
    if (page.news === 'entered') {
      happened('entered');
      document.querySelectorAll('[data-state=done]').forEach(function (item) {
        happened('completed', actionOf(item));
        happened('unlocked', actionOf(item));
      });
    } else if (Number(page.news)) {
      // The owner may have removed the action meanwhile.
      var done = document.querySelector('[data-action="' + page.news + '"]');
      if (done) happened('completed', actionOf(done));
    }
    new ResizeObserver(function () {
      tell('height', Math.ceil(body.getBoundingClientRect().height));
    }).observe(body);
  }

  // The visitor is known only now, perhaps since the person has consented: what was done before
  // counts from here on.
  /** @param {string} visitor */
  function link(visitor) {
    if (!page.session || !visitor || visitor === resume.elements.visitor.value) return;
    resume.elements.visitor.value = visitor;
    fetch(resume.action, { method: 'POST', body: new URLSearchParams(/** @type {any} */ (new FormData(resume))) }).then(function () {
      document.dispatchEvent(new CustomEvent('campaign:linked'));
    });
  }

  addEventListener('message', function (event) {
    var who = event.data;
    // Scripts of the customer's page may send its frames anything, even null.
    if (event.source !== parent || event.origin !== page.origin || !who || who.campaign !== page.key) return;
    if ('shown' in who) document.dispatchEvent(new CustomEvent('campaign:shown', { detail: who.shown }));
    else if (entering) fill(enter, who);
    else if (page.news === 'asking' && !answered && (who.session || who.confirmed)) fill(resume, who);
    else {
      link(who.visitor);
      show();
    }
  });
  document.addEventListener('campaign:unlocked', function (/** @type {any} */ event) {
    happened('completed', event.detail);
    happened('unlocked', event.detail);
  });
  addEventListener('keydown', function (event) {
    if (event.key === 'Escape') tell('close');
  });
  if (enter) enter.addEventListener('submit', function (/** @type {Event} */ event) {
    // The visitor may have got its id, or may have allowed it, since the page was loaded.
    event.preventDefault();
    entering = true;
    tell('who');
    setTimeout(function () { enter.submit(); }, 2000);
  });
  tell('who');
  if (page.news !== 'asking') show();
  // Whatever the customer's page does, nobody looks at nothing.
  setTimeout(show, 3000);
})();
