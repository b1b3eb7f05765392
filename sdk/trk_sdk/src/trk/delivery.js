// How an entry of the outbox gets to its server.

// A new entry.
/** @param {string} name @param {string} url @param {number} time @param {Part} [part] */
function keep(name, url, time, part) {
  var /** @type {Entry} */ entry = { name: name, url: url, time: time, body: '', part: part, pushes: [], state: 0, pause: 500 };
  add(outbox, entry);
  return entry;
}

/** @param {Entry} entry */
function drop(entry) {
  var /** @type {Entry[]} */ rest = [];
  each(outbox, function (other) { if (other != entry) add(rest, other); });
  outbox = rest;
  attempt(function () { delete storage[entry.name]; });
}

/** @param {Entry} entry @param {Push} push */
function join(entry, push) {
  add(entry.pushes, push);
  push.left++;
}

// An entry as it is sent; its age lets it count for the time at which it was pushed.
/** @param {Entry} entry */
function wire(entry) {
  return '{"age":' + age(entry) + (debug ? ',"debug":true,' : ',') + entry.body;
}

// Whole milliseconds since an entry was made, within limits should the clock be wrong.
/** @param {Entry} entry */
function age(entry) {
  var time = +new Date - entry.time;
  return time > 0 ? time < WEEK ? time : WEEK : 0;
}

// Sends an entry once. With keepalive the request outlives the page, but browsers limit how much
// may be under way; so if fetch fails for any reason, XMLHttpRequest is tried.
/** @param {Entry} entry */
function send(entry) {
  var body = wire(entry), /** @type {1 | undefined} */ done;

  // Only our server's answer acknowledges or refuses; a captive portal's page does neither.
  /** @param {any} [status] @param {any} [after] @param {any} [text] */
  function finish(status, after, text) {
    var /** @type {Answer} */ answer = attempt(JSON.parse, 0, text) || {}, problem = answer.error || '';
    if (done || !has(outbox, entry)) return;
    done = 1;
    if (debug) say(SENTENCE.GOT + status + ': ' + entry.url);  // @debug
    if (isArray(answer.refused) || problem.message && status != 429 && status < 500) {
      drop(entry);
      if (entry.part) entry.part.owners = [];
      learn(entry.pushes, answer, problem.message && problem);
      entry.pushes = [];  // finish comes again, and would keep them until then
      meet();
      spread();
    } else {
      // Rests for a time that roughly doubles (with jitter) or that the server asked for, for an
      // hour at most.
      entry.state = 2;
      entry.pause *= 1.5 + Math.random();
      after = after * 1e3 || entry.pause;
      wait(after < 36e5 ? after : 36e5, function () { send(entry); });
    }
  }

// @XMLHttpRequest {
  function again() {
    var request = new XMLHttpRequest;
    entry.state = 2;
    request.open('POST', entry.url);
    request.onloadend = function () { finish(request.status, request.status > 400 && request.getResponseHeader('Retry-After'), request.responseText); };
    request.send(body);
  }
// @}

  if (!has(outbox, entry)) return;
  entry.state = 1;
  if (debug) say(SENTENCE.SENT + (entry.part ? entry.part.pairs : entry.body) + ' to ' + entry.url);  // @debug
  wait(3e4, finish);
  attempt(function () {
    fetch(entry.url, { body: body, keepalive: true, method: 'POST', credentials: 'omit' }).then(function (response) {
      return response.text().then(function (text) { finish(response.status, response.headers.get('Retry-After'), text); });
    }).catch(again);
  }, again);
}

// Sends what is neither under way nor resting after a failure, once the page's task is over.
function flush() {
  current = soon = 0;
  each(outbox, function (entry) { if (!entry.state) send(entry); });
}

// @sendBeacon {
// The page is being left: entries without a keepalive request under way go by sendBeacon.
function leave() {
  current = 0;
  each(outbox, function (entry) { if (entry.state != 1) navigator.sendBeacon(entry.url, wire(entry)); });
}
// @}
