// What the page pushes, and how it gets into the outbox.

// Gives every part to every campaign that may have it and does not have it yet. The touched one
// and the current one may have become longer.
/** @param {any} [touched] */
function spread(touched) {
  /** @param {Entry} entry */
  function write(entry) {
    var part = entry.part_;
    entry.body_ = '"id":"' + part.id_ + '","visitor":"' + visitor + (was ? '","was":"' + was : '') + '"' +
      part.more_ + ',"pairs":[' + part.pairs_ + ']}';
    attempt(function () { storage[entry.name_] = '{' + entry.body_; });
    each(part.owners_, function (push, i) { if (!entry.pushes_[i]) join(entry, push); });
  }

  each(outbox, function (entry) { if (entry.part_ == touched || entry.part_ == current) write(entry); });
  each(campaigns, function (campaign) {
    for (var /** @type {Part} */ part, base = campaign.base_; campaign.ask_ <= consent && (part = parts[campaign.given_]); campaign.given_++) {
      identify();
      if (part.pairs_ != null) write(keep('gleam_' + part.id_ + base + '/beacon', base + '/beacon', part.time_, part));
      else {
        // Functions pushed alone wait for everything in the outbox.
        part.owners_[0].left_++;
        each(outbox, function (entry) { join(entry, part.owners_[0]); });
        settle(part.owners_[0]);
      }
    }
  });
  if (!soon) {
    // A change of the anchor, which has a flush come once the page's task is over. Nothing else hears
    // of it: Angular would hear of a promise or a timer.
    attempt(function () { anchor.text = 0; });
    wait(0, flush);  // where the page has no such observer
  }
  soon = 1;
}

// The current part, if so many more characters fit in, or a new one. A beacon must not exceed 64 KB
// or 100 pairs, and a pair that is too large to be accepted must not take others down with it.
/** @param {number} weight @returns {Part} */
function room(weight) {
  if (!current || (current.size_ += weight) > 2e4) {
    // A UUIDv7 without hyphens. Its time, counted in 1/4096 of a millisecond, never repeats: the
    // order of the ids is the order of the pushes.
    last = Math.max(last + 1, now() * 4096);
    add(parts, current = {
      id_: last.toString(16).replace(/.{11}/, '0$&7') + (tail = tail || 'a' + random(15)),
      time_: now(), pairs_: '', more_: '', owners_: [], size_: weight
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
    /** @type {Push} */ push = { callback: [], error: [], unlocked_: [], left_: 0, pairs_: 0 };

  // An array that starts with an array is a list of items; any other item is one pair.
  /** @param {any} item */
  function read(item) {
    var list = isArray(item) ? item : [item], /** @type {any} */ name = list[0], value = list[1], text, part;
    if (isArray(name) && !within[99] && !has(within, item)) {
      add(within, item);
      each(item, guard(read));
      within.length--;
    } else if (isFunction(item)) add(push[/** @type {'error'} */ (name)], value);
    else if (name == 'consent' && value === !!value) decide(value);  // @consent
    else if (typeof name == 'string' && name.length < 201 && typeof value != 'function') {
      // As text; undefined and null mean "no value".
      text = json(name);
      text += ',' + (value == null ? null : json(typeof value == 'object' ? stringify(value) : '' + value) || null);
      if (list[2] != null) {
        if (typeof list[2] == 'string' && list[2].length < 201) text += ',' + json(list[2]);
        else say(SENTENCE.NOT_A_SIGNATURE + text);
      }
      part = room(text.length + 197);
      part.pairs_ += (part.pairs_ && ',') + '[' + text + ']';
      add(part.owners_, push);
      push.pairs_++;
    } else say(SENTENCE.NOT_AN_ITEM + json(item));
  }

  kept();
  each(items, guard(read));
  // @debug {
  if (debug) attempt(function () {
    var list = copy(items);
    say((isArray(items) ? SENTENCE.QUEUED : SENTENCE.PUSHED) + attempt(json, function () { return list; }, list));
  }, say);
  // @}
  if (consent < 0) {
    parts = [];
    current = 0;
    tell(push.error, { reason: 'consent was refused', retry: false });
    if (!push.pairs_) tell(push.callback, { duplicate: false, unlocked: [] });
  } else if (!push.pairs_ && (push.callback[0] || push.error[0])) {
    add(parts, /** @type {any} */ ({ owners_: [push] }));
    current = 0;
  }
  spread(touched);
  if (push.error[0]) wait(5e3, function () { tell(push.error, { reason: 'not delivered yet', retry: true }); });
}

// Replays what an array held, such as what was pushed before this script came. Where one call ended
// and the next began is not known: functions belong to the pairs before them (or behind them, where
// functions came first), of several callbacks those behind the first may stand alone, and consent
// counts from where it was given or refused.
/** @param {any[]} list */
function replay(list) {
  var queue = copy(list), /** @type {any[]} */ call = [], /** @type {any} */ called, /** @type {any} */ before, /** @type {any} */ decided;

  /** @param {any} item */
  function see(item) {
    var is = isFunction(item), decides = isArray(item) && item[0] == 'consent';
    if (decides || decided || (isFunction(call[0]) ? is && !before : before && (!is || called && item[0] == 'callback'))) {
      attempt(take, say, call);
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

  list.length = 0;
  if (list.length) return;  // it is sealed, and would be replayed again and again
  each(queue, guard(see));
  attempt(take, say, call);  // if nothing is in it, too: debug tells that the script is there
}
