// Who it is: the visitor id, what earlier pages have left, consent, and the token in the address.

// That many random hexadecimal digits.
/** @param {number} length */
function random(length) {
  var bytes = attempt(function () { return crypto.getRandomValues(new Uint8Array(length)); }) || [], text = '';
  while (length--) text += ((bytes[length] || Math.random() * 16) & 15).toString(16);
  return text;
}

/** @param {string} text */
function id(text) {
  return (/\bgleam_id=([\da-f]{32})/.exec(text) || '')[1];
}

// Learns the visitor id from the cookie. Two tabs that were opened at once have made two: the
// cookie decides, and the next beacon tells the server of both.
function meet() {
  var known = attempt(function () { return id(document.cookie); }) || id('gleam_id=' + kept().gleam_id);
  if (known && known != visitor) {
    was = visitor;
    visitor = known;
    if (was) room(0);
  }
}

// Sets the cookie on the widest domain that accepts it, so that www. and shop. share it; without
// an id, removes it from all of them. IP addresses and single-label names have no wider domain,
// and Firefox would warn about the attempt. A site with very many cookies gets none of ours: one
// too many, and browsers throw dozens away.
function mark() {
  var labels = location.hostname.split('.'), /** @type {any} */ i = /,\d+$/.test(/** @type {any} */ (labels)) || labels.length;
  while (i-- && !(visitor && (id(document.cookie) || document.cookie.split(';')[149])))
    document.cookie = 'gleam_id=' + visitor + ';path=/;samesite=lax;max-age=' + (visitor ? 34e6 : 0) +
      (i ? ';domain=' + labels.slice(i - 1).join('.') : '') + (/^https/.test(/** @type {any} */ (location)) ? ';secure' : '');
}

// Deletes what this page or earlier ones have stored; for somebody who is known, except for entries
// younger than a week: these join this page's outbox.
function sweep() {
  var /** @type {Record<string, any>} */ taken = {};  // by what the names of a part's entries begin with
  each(Object.keys(kept()), function (name) {
    var found = /^gleam_((0[\da-f]{11})[\da-f]{20})(http.+\/beacon)$/.exec(name), /** @type {Entry} */ entry;
    if (!found) return;
    // @ts-expect-error: subtraction turns the hexadecimal text into a number
    entry = keep(name, found[3], '0x' + found[2] - 0, taken[found[1]] = taken[found[1]] || {});
    entry.body_ = storage[name].slice(1);
    entry.state_ = 1;
    // The previous page may have just sent it: wait for the answer, so that entries are not
    // sent again and again while a visitor hurries from page to page.
    if (visitor && age(entry) < WEEK) wait(850, function () { send(entry); });
    else drop(entry);
  });
}

// Finds or makes the visitor id: 128 random bits in a cookie, mirrored to localStorage; kept only
// in memory if both are blocked. Takes over what earlier pages have left in the outbox.
function identify() {
  if (visitor) return;
  visitor = id('gleam_id=' + kept().gleam_id);
  meet();
  visitor = visitor || random(32);
  attempt(mark);
  attempt(function () { storage.gleam_id = visitor; });
  attempt(sweep, say);
}

// @consent {
// Consent was given, or it was refused: then nothing remains stored.
/** @param {boolean | 0} given */
function decide(given) {
  if (debug) say(SENTENCE.CONSENT + given);  // @debug
  consent = given || -1;
  if (given) return;
  visitor = was = '';
  current = 0;
  parts = [];
  outbox = [];
  each(campaigns, function (campaign) { campaign.given_ = 0; });
  // A storage that fails keeps nothing else from being erased.
  attempt(mark);
  attempt(sweep, say);
  attempt(function () {
    if (storage.gleam_id) storage.gleam_id = 0;  // the other tabs hear of this
    delete storage.gleam_id;
  }, say);
}
// @}

// @xref {
// Reports ?xref=TOKEN and removes it from the page's address, without a reload; also whether the
// page was opened straight from the campaign. One that can't be a token is the page's own.
function report() {
  var found = /([?&])xref=([\w-]{32})(&|$)/.exec(location.search);
  if (found) {
    room(0).more_ = ',"xref":' + json(found[2]) + (document.referrer == 'ADDRESS/' ? ',"direct":true' : '');
    history.replaceState(history.state, '', location.href.replace(found[0], found[3] && found[1]));
  }
}
// @}
