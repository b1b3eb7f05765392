// What ol.js and embed.js add to trk.js: the campaign's page in a frame on the customer's page.
// overlay.js or embed.js follows, inside the same function.
//
// The frame does without cookies, since browsers block third-party ones. The session token is kept
// here, in the storage of the customer's site, and handed to the frame when it asks, as is a secret
// by which a link in a mail knows the browser again that asked for it. The frame's side is
// backend/trk/static/frame.js; each side checks the other's origin.
//
// The words in capitals are filled in by sdk/trk_sdk/builder.py.
var KEPT = 'gleam_session_' + 'KEY', SECRET = 'gleam_browser_' + 'KEY', CHOSEN = 'gleam_language_' + 'KEY';
var confirmed = attempt(takeConfirmed);

/** @template T @param {() => T} step */
function attempt(step) {
  try { return step(); } catch (error) { say(error); }
}

/** @param {unknown} text */
function say(text) {
  if (window.console) console.warn(PREFIX, text);
}

// Runs a step with the page's storage, unless that is blocked.
/** @template T @param {(storage: Record<string, any>) => T} step */
function stored(step) {
  try { return step(localStorage); } catch (blocked) { /* then nothing is kept */ }
}

/** @param {string} key */
function kept(key) {
  return stored(function (storage) { return storage[key]; });
}

// Keeps what only makes the next visit nicer: not before somebody has entered here, if the campaign
// asks for consent.
/** @param {string} key @param {unknown} value */
function remember(key, value) {
  stored(function (storage) { if (!ASK || storage[KEPT]) storage[key] = value; });
}

// Takes ?gleam_confirmed=KEY.TOKEN, which a link in a mail brings, out of the page's address.
function takeConfirmed() {
  var found = /([?&])gleam_confirmed=KEY\.([\w-]+)(&?)/.exec(location.search);
  if (!found) return '';
  history.replaceState(history.state, '', location.href.replace(found[0], found[3] && found[1]));
  return found[2];
}

// Has the owner allowed pages of this origin to show the campaign?
function allowed() {
  if (ORIGINS.indexOf(location.origin) >= 0) return true;
  say(SENTENCE.NOT_SHOWN + location.origin + ' is not an allowed origin');
}

/** @param {() => void} step */
function ready(step) {
  if (document.body) attempt(step);
  else document.addEventListener('DOMContentLoaded', attempt.bind(null, step));
}

/**
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {string} style
 */
function element(name, style) {
  var made = document.createElement(name);
  made.style.cssText = style;
  return made;
}

// What the widget says itself, [language, name, tab, close]: in the language that was chosen in the
// frame, in one that the browser asks for, or in the campaign's own, which is the first.
function spoken() {
  var /** @type {any[]} */ asked = [chosen()].concat(navigator.languages || navigator.language);
  for (var n = 0; n < asked.length; n++) {
    for (var k = 0; k < WORDS.length; k++) if (WORDS[k][0] === String(asked[n]).slice(0, 2)) return WORDS[k];
  }
  return WORDS[0];
}

function chosen() {
  return kept(CHOSEN) || '';
}

// A frame with the campaign; more is added to its address. on.loaded is called when a page
// has come into the frame, on.height with its height in pixels, then and whenever that changes,
// on.close when the frame asks to be closed.
/**
 * @param {string} style
 * @param {{ loaded?: () => void, height?: (height: number) => void, close?: () => void }} on
 * @param {string} more
 */
function frame(style, on, more) {
  var node = element('iframe', 'display:block;width:100%;border:0;' + style), home = element('a', '');
  home.href = 'ADDRESS';
  node.title = spoken()[1];
  node.allow = 'web-share; clipboard-write';
  node.src = 'ADDRESS/KEY/frame?origin=' + encodeURIComponent(location.origin) + more + (chosen() && '&lang=' + encodeURIComponent(chosen()));

  /** @param {{ campaign?: string, [name: string]: unknown }} said */
  function tell(said) {
    said.campaign = 'KEY';
    if (node.contentWindow) node.contentWindow.postMessage(said, home.origin);
  }

  // The visitor id; none until the person has consented, if the campaign asks for consent.
  function visitor() {
    return attempt(function () { return GLOBAL.trk('ADDRESS/KEY', ASK, PRIVACY); });
  }

  /** @type {number | undefined} */
  var timer;

  // Checks every second whether the person has consented, and then tells the frame once.
  function watch() {
    if (timer) return;
    timer = setInterval(function () {
      if (!visitor()) return;
      clearInterval(timer);
      tell({ visitor: visitor() });
    }, 1000);
  }

  /** @type {Record<string, ((detail: any) => void) | undefined>} */
  var hear = {
    who: function () {
      if (ASK && !visitor()) watch();
      tell({
        session: kept(KEPT),
        visitor: visitor(),
        page: location.href.split('#')[0],
        browser: kept(SECRET),
        confirmed: confirmed
      });
    },
    browser: function (secret) {
      stored(function (storage) { storage[SECRET] = secret; });
    },
    language: function (tag) {
      remember(CHOSEN, tag);
    },
    session: function (token) {
      confirmed = '';
      stored(function (storage) {
        if (token) storage[KEPT] = token;
        else delete storage[KEPT];
      });
    },
    event: function (event) {
      if (event.type === 'loaded' && on.loaded) on.loaded();
      var /** @type {any} */ page = window, name = 'on' + 'GLOBAL' + 'Event';
      if (typeof page[name] == 'function') page[name](event);
    },
    height: on.height,
    close: on.close
  };

  addEventListener('message', function (event) {
    var said = event.data;
    if (event.source !== node.contentWindow || event.origin !== home.origin || said.campaign !== 'KEY') return;
    attempt(function () {
      var step = hear[said.type];
      if (step) step(said.detail);
    });
  });
  node.tell = tell;
  return node;
}
