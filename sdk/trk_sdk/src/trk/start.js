// How trk.js takes over the page's global, and listens.

// What can wait until the page pushes, is clicked on, or has had a moment.
function wake() {
  each(campaigns, function (campaign) { if (campaign.ask_ <= consent) identify(); });
  spread();
}

// Takes over the global, or joins the script that already has. It is looked up by its bare name,
// since a page's const is no property of window.
function start() {
  var /** @type {any} */ gleam = attempt(function () { return GLOBAL; }) || [],
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
    page.addEventListener('click', clicked, 1);
    page.addEventListener('auxclick', clicked, 1);
    page.addEventListener('load', look, 1);
    page.addEventListener('online', online, 1);
    page.addEventListener('storage', refused, 1);  // @consent
    page.addEventListener('pagehide', left, 1);  // @sendBeacon
  }

  function push() {
    look();  // what got there otherwise came first
    attempt(take, say, arguments);
    return arguments.length;
  }

  /** @param {string} address */
  function link(address) { return attempt(lend, say, address) || address; }  // @links to the campaign

  // Lets a campaign's script join.
  /** @param {string} base @param {0 | 1} ask @param {unknown} refuses */
  function trk(base, ask, refuses) {
    var /** @type {Campaign | undefined} */ known;
    each(campaigns, function (campaign) { if (campaign.base_ == base) known = campaign; });
    if (known) known.ask_ = ask;
    else add(campaigns, { base_: base, ask_: ask, given_: 0 });
    if (refuses && !consent) decide(0);  // @consent
    spread();
    listen();
    if (known) wake();
    else wait(99, wake);
    return visitor;
  }

  // Makes the page's array ours, and takes what is in it.
  /** @param {any} list */
  function adopt(list) {
    if (list.trk) {
      if (!list.length) return;
    } else {
      if (isArray(list)) {
        // Assignment does nothing where the page froze Array.prototype; in a module it throws.
        attempt(function () { list.push = push; });
        attempt(function () { Object.defineProperty(list, 'push', { value: push }); });
      }
      if (list.push != push) throw SENTENCE.GLOBAL_TAKEN;
      list.link = link;  // @links to the campaign
      list.trk = trk;
      // First the token, in the same beacon: what is pushed is then pushed by somebody known.
      attempt(report);  // @xref
    }
    replay(list);
  }

  // The page may have made another array the global, or used a function other than push.
  look = function () {
    attempt(function () { adopt(GLOBAL); });
  };

  // An element or a frame with that id or name is no global of the page's.
  if (gleam.window || gleam.nodeType || gleam.namedItem) gleam = [];
  if (!gleam.trk) {
    attempt(function () {
      anchor = document.createElement('a');
      new MutationObserver(listen).observe(document, { childList: true });
      new MutationObserver(guard(flush)).observe(anchor, { childList: true });
    });
    adopt(gleam);
    attempt(function () {
      Object.defineProperty(page, 'GLOBAL', {
        set: function (value) {
          gleam = value;
          attempt(adopt, value && say, value);
        },
        // Whoever reads the global may put something into it. But one who does so after each flush
        // would never be done: after 50 readings without a push there is no flush for a reading.
        get: function () {
          if (!soon) attempt(function () { anchor.text < 50 && anchor.text++; });
          return gleam;
        },
        configurable: true
      });
    });
    attempt(function () { page.GLOBAL = gleam; });
  }
  gleam.trk('ADDRESS/KEY', ASK, PRIVACY);
  // What waited is sent; but a page may have a name of its own that hides the global.
  if (GLOBAL != gleam) throw SENTENCE.GLOBAL_TAKEN;
}

if (/** @type {any} */ (document).prerendering === true) page.addEventListener('prerenderingchange', guard(start), 1); else // @prerender
start();
