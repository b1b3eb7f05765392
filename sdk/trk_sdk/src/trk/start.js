// How trk.js takes over the page's global, and listens.

// What can wait until the page pushes, is clicked on, or rests.
function wake() {
  each(campaigns, function (campaign) { if (campaign.ask_ <= consent) identify(); });
  spread();
}

// Takes over the global, or joins the script that already has. It is looked up by its bare name,
// since a page's const is no property of window.
function start() {
  var /** @type {any} */ gleam = attempt(function () { return GLOBAL; }) || /** @type {any} */ ([]), /** @type {any[]} */ queue,
    clicked = guard(click),
    left = guard(leave),  // @sendBeacon
    // Online again: send everything, including what was under way or resting.
    online = guard(function () {
      current = 0;
      each(outbox, send);
    });
  // Consent was refused in another tab. That the id is gone says nothing: sites clear their storage.
  var refused = guard(function (event) { if (event.key + event.newValue == 'gleam_id0') decide(0); });  // @consent

  // Listens, or goes on listening: document.open takes all of a page's listeners away.
  function listen() {
    page.addEventListener('click', clicked, true);
    page.addEventListener('auxclick', clicked, true);
    page.addEventListener('online', online, true);
    page.addEventListener('storage', refused, true);  // @consent
    page.addEventListener('pagehide', left, true);  // @sendBeacon
  }

  function push() {
    attempt(take, say, arguments);
    return arguments.length;
  }

  attempt(function () {
    // An element or a frame with that id or name is no global of the page's.
    if (gleam.nodeType || gleam.window || gleam.namedItem) gleam = /** @type {any} */ ([]);
    if (!gleam.trk) {
      if (isArray(gleam)) {
        // Assignment does nothing where the page froze Array.prototype; in a module it throws.
        attempt(function () { gleam.push = push; });
        attempt(function () { Object.defineProperty(gleam, 'push', { value: push }); });
      }
      if (gleam.push != push) throw 0;
      /** @param {string} base @param {0 | 1} ask @param {unknown} refused */
      gleam.trk = function (base, ask, refused) {
        var /** @type {Campaign | undefined} */ known;
        each(campaigns, function (campaign) { if (campaign.base_ == base) known = campaign; });
        if (known) known.ask_ = ask;
        else add(campaigns, { base_: base, ask_: ask, given_: 0 });
        if (refused && !consent) decide(0);  // @consent
        spread();
        listen();
        if (known) wake();
        else (page.requestIdleCallback || later)(guard(wake), { timeout: 99 });
        return visitor;
      };
      gleam.link = function (/** @type {string} */ address) { return attempt(lend, say, address) || address; };  // @links to the campaign
      queue = copy(gleam);
      gleam.length = 0;
      // First the token, in the same beacon: what is pushed is then pushed by somebody known.
      attempt(report);  // @xref
      attempt(replay, say, queue);
      attempt(function () { new MutationObserver(listen).observe(document, { childList: true }); });
      attempt(function () { page.GLOBAL = gleam; });
    }
    gleam.trk('ADDRESS/KEY', ASK, PRIVACY);
    // What waited is sent; but a page may have a name of its own that hides the global.
    if (attempt(function () { return GLOBAL; }) != gleam) throw 0;
  }, function (error) { say(error || SENTENCE.GLOBAL_TAKEN); });
}

if (/** @type {any} */ (document).prerendering === true) page.addEventListener('prerenderingchange', start, true); else // @prerender
start();
