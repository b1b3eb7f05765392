// How an entry of the outbox gets to its server.

// A new entry. Its name is "gleam_", its part's id, which begins with the time, and the address; but
// nothing is read out of it here: the page may have replaced what that takes.
/** @param {string} name @param {string} url @param {number} time @param {Part} part */
function keep(name, url, time, part) {
  /** @type {Entry} */
  return outbox[outbox.length] = { name_: name, url_: url, time_: time, part_: part, pushes_: [], pause_: 400 };
}

/** @param {Entry} entry */
function drop(entry) {
  var /** @type {Entry[]} */ rest = [];
  each(outbox, function (other) { if (other != entry) add(rest, other); });
  outbox = rest;
  attempt(function () { delete storage[entry.name_]; });
}

/** @param {Entry} entry @param {Push} push */
function join(entry, push) {
  add(entry.pushes_, push);
  push.left_++;
}

// An entry as it is sent; its age lets it count for the time at which it was pushed.
/** @param {Entry} entry */
function wire(entry) {
  return '{"age":' + age(entry) + (debug ? ',"debug":true,' : ',') + entry.body_;
}

// Whole milliseconds since an entry was made, within limits should the clock be wrong.
/** @param {Entry} entry */
function age(entry) {
  return Math.min(WEEK, Math.max(0, now() - entry.time_));
}

// Sends an entry once. With keepalive the request outlives the page, but browsers limit how much
// may be under way; so if fetch fails for any reason, XMLHttpRequest is tried.
/** @param {Entry} entry */
function send(entry) {
  var body = wire(entry), /** @type {1 | undefined} */ done;

  // Only our server's answer acknowledges or refuses, however late; a captive portal's page does
  // neither, nor does a gateway's error, whose code is a number, begins with a capital, or is not
  // there; and from 429 on our server asks to try later. A page may have read the answer's JSON for us.
  /** @param {any} [status] @param {any} [after] @param {any} [text] */
  function finish(status, after, text) {
    var /** @type {any} */ answer = attempt(JSON.parse, 0, text) || text || {}, problem = answer.error || '';
    if (!has(outbox, entry)) return;
    if (debug && !done) say(SENTENCE.GOT + status + ': ' + entry.url_);  // @debug
    if (isArray(answer.refused) || problem.code >= 'a' && status < 429) {
      drop(entry);
      entry.part_.owners_ = [];
      learn(entry, answer, problem.code && problem);
      entry.pushes_ = [];  // finish comes again, and would keep them until then
      meet();
      spread();
    } else if (!done) {
      done = 1;
      // Rests for a time that doubles or that the server asked for, of an hour at most, and up to
      // half of it more: browsers that a server has sent away at once must not come back at once,
      // nor again and again where the page replaced Math.
      entry.state_ = 2;
      entry.pause_ *= 2;
      after = after > 0 ? after * 1e3 : entry.pause_;
      // @ts-expect-error: division turns the hexadecimal text into a number
      wait((after < 36e5 ? after : 36e5) * (1 + ('0x' + random(2)) / 512), function () { send(entry); });
    }
  }

// @XMLHttpRequest {
  function again() {
    entry.state_ = 2;
    if (!has(outbox, entry)) return;  // consent was refused meanwhile
    attempt(function () {
      var request = new XMLHttpRequest;
      request.open('POST', entry.url_);
      request.onloadend = function () { finish(request.status, request.status > 400 && request.getResponseHeader('Retry-After'), request.response); };
      request.send(body);
    }, finish);
  }
// @}

  if (!has(outbox, entry)) return;
  entry.state_ = 1;
  if (debug) say(SENTENCE.SENT + (entry.part_.pairs_ || entry.body_) + ' to ' + entry.url_);  // @debug
  attempt(function () {
    fetch(entry.url_, { body: body, keepalive: 1, method: 'POST', credentials: 'omit' }).then(function (response) {
      return response.text().then(function (text) { finish(response.status, response.headers.get('Retry-After'), text); });
    }).catch(again);
  }, again);
  wait(3e4, finish);
}

// Sends what is neither under way nor resting after a failure, once the page's task is over.
function flush() {
  soon = 1;  // to look plans no other one
  look();
  current = soon = 0;
  each(outbox, function (entry) { if (!entry.state_) send(entry); });
}

// @sendBeacon {
// The page is being left: entries without a keepalive request under way go by sendBeacon.
function leave() {
  look();
  current = 0;
  each(outbox, function (entry) { if (entry.state_ != 1) navigator.sendBeacon(entry.url_, wire(entry)); });
}
// @}
