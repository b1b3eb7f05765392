// What the page pushes, and how it gets into the outbox.

// Gives every part to every campaign that may have it and does not have it yet. The touched one
// and the current one may have become longer.
/** @param {any} [touched] */
function spread(touched) {
  /** @param {Entry} entry */
  function write(entry) {
    var part = /** @type {Part} */ (entry.part);
    entry.body = '"id":"' + part.id + '","visitor":"' + visitor + (was ? '","was":"' + was : '') + '"' +
      part.more + ',"pairs":[' + part.pairs + ']}';
    attempt(function () { storage[entry.name] = '{' + entry.body; });
    for (var i = entry.pushes.length; i < part.owners.length; i++) join(entry, part.owners[i]);
  }

  each(outbox, function (entry) { if (entry.part && (entry.part == touched || entry.part == current)) write(entry); });
  each(campaigns, function (campaign) {
    for (var /** @type {Part} */ part, base = campaign.base; campaign.ask <= consent && (part = parts[campaign.given]); campaign.given++) {
      identify();
      if (part.pairs != null) write(keep('gleam_' + part.id + base + '/beacon', base + '/beacon', part.time, part));
      else {
        // Functions pushed alone wait for everything in the outbox.
        part.owners[0].left++;
        each(outbox, function (entry) { join(entry, part.owners[0]); });
        settle(part.owners[0]);
      }
    }
  });
  if (soon) return;
  soon = 1;
  attempt(function () {
    page.Promise.resolve().then(function () { attempt(flush, say); });
  });
  wait(0, flush);  // where there is no such promise
}

// The current part, if so many more characters fit in, or a new one. A beacon must not exceed 64 KB
// or 100 pairs, and a pair that is too large to be accepted must not take others down with it.
/** @param {number} weight @returns {Part} */
function room(weight) {
  if (!current || (current.size += weight) > 2e4) {
    // A UUIDv7 without hyphens. Its time, counted in 1/4096 of a millisecond, never repeats: the
    // order of the ids is the order of the pushes.
    last = Math.max(last + 1, Math.min(+new Date || 0, 2e12) * 4096);
    add(parts, current = {
      id: last.toString(16).replace(/.{11}/, '0$&7') + (tail = tail || 'a' + random(15)),
      time: +new Date, pairs: '', more: '', owners: [], size: weight
    });
    if (visitor) meet();
  }
  return current;
}

// Is it ['callback', fn] or ['error', fn]? What cannot be read is neither.
/** @param {any} item */
function isFunction(item) {
  return attempt(function () {
    return isArray(item) && typeof item[1] == 'function' && (item[0] == 'callback' || item[0] == 'error');
  });
}

// Handles one call of push.
/** @param {ArrayLike<unknown>} items */
function take(items) {
  var touched = current, /** @type {unknown[]} */ within = [],
    /** @type {Push} */ push = { callback: [], error: [], unlocked: [], left: 0, pairs: 0 };

  // An array that starts with an array is a list of items; any other item is one pair.
  /** @param {any} item */
  function read(item) {
    var list = isArray(item) ? item : [item], /** @type {any} */ name = list[0], value = list[1], text, part;
    if (isArray(name) && !within[99] && !has(within, item)) {
      add(within, item);
      attemptEach(item, read);
      within.length--;
    } else if (isFunction(item)) add(push[/** @type {'error'} */ (name)], value);
    else if (name == 'consent' && value === !!value) decide(value);  // @consent
    else if (typeof name == 'string' && name.length < 201 && typeof value != 'function') {
      // As text; undefined and null mean "no value".
      text = json(name);
      value = value == null ? value : typeof value == 'object' ? stringify(value) : '' + value;
      if (list.length > 1) text += ',' + (value == null ? null : json(value));
      if (list[2] != null) {
        if (typeof list[2] == 'string' && list[2].length < 201) text += ',' + json(list[2]);
        else say(SENTENCE.NOT_A_SIGNATURE + text);
      }
      part = room(text.length + 197);
      part.pairs += (part.pairs && ',') + '[' + text + ']';
      add(part.owners, push);
      push.pairs++;
    } else say(SENTENCE.NOT_AN_ITEM + json(item));
  }

  kept();
  attemptEach(items, read);
  if (debug) attempt(function () { say((isArray(items) ? SENTENCE.QUEUED : SENTENCE.PUSHED) + json(copy(items))); }, say);  // @debug
  if (consent < 0) {
    parts = [];
    current = 0;
    tell(push.error, { retry: false, reason: 'consent was refused' });
    if (!push.pairs) tell(push.callback, { duplicate: false, unlocked: [] });
  } else if (!push.pairs && (push.callback[0] || push.error[0])) {
    add(parts, /** @type {any} */ ({ owners: [push] }));
    current = 0;
  }
  spread(touched);
  if (push.error[0]) wait(5e3, function () { tell(push.error, { retry: true, reason: 'not delivered yet' }); });
}

// Replays what was pushed before this script came. Where one call ended and the next began is not
// known: functions belong to the pairs before them (or behind them, where functions came first),
// of several callbacks those behind the first may stand alone, and consent counts from where it
// was given or refused.
/** @param {any[]} queue */
function replay(queue) {
  var /** @type {any[]} */ call = [], /** @type {any} */ called, /** @type {any} */ before, /** @type {any} */ decided;

  /** @param {any} item */
  function see(item) {
    var is = isFunction(item), decides = isArray(item) && item[0] == 'consent';
    if (call[0] && (decides || decided || (isFunction(call[0]) ? is && !before : before && (!is || called && item[0] == 'callback')))) {
      take(call);
      call = [];
      called = 0;
    }
    add(call, item);
    decided = decides;
    // A list is a call of its own where its functions come last.
    if (isArray(item) && isArray(item[0])) item = item[item.length - 1];
    before = isFunction(item);
    called = called || before && item[0] == 'callback';
  }

  attemptEach(queue, see);
  take(call);
}
