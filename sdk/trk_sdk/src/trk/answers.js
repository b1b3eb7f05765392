// What the page is told of its pushes.

// Calls functions, once each and asynchronously, so that an exception in one of them does not
// stop us.
/** @param {Function[]} fns @param {unknown} argument */
function tell(fns, argument) {
  each(fns, function (fn) { wait(0, function () { fn(argument); }); });
  fns.length = 0;
}

// Tells pushes what the server said of their pairs; some only waited for the answer.
/** @param {Entry} entry @param {Answer} answer @param {any} error */
function learn(entry, answer, error) {
  var part = entry.part_, before = part.unmatched_, /** @type {Record<string, string>} */ now = {},
    words = answer.pairs || [], refused = answer.refused || [error], unlocked = 0, problems = refused.length;
  each(words, function (word) { if (word == 'refused') problems--; });
  each(refused, function (problem) { say(problem.message); });
  each(answer.notes || [], function (note) {
    var name = note.replace(/\S+ \S+/, '');
    if (debug) say(SENTENCE.NOTE + note); else  // @debug
    if (!before || before[name]) now[name] = note;
  });
  if (!error) part.unmatched_ = now;
  each(entry.pushes_, function (push, i) {
    var problem = error;
    if (words[i] == 'unlocked') add(push.unlocked_, answer.unlocked[unlocked++]);
    if (words[i] == 'refused' && refused[problems++].code == 'bad_pair') problem = refused[problems - 1];
    // Pushed alone, functions hear of everything that they waited for.
    if (!push.pairs_) each(answer.unlocked || [], function (name) { add(push.unlocked_, name); });
    push.duplicate_ |= answer.duplicate;
    settle(push, push.pairs_ && problem);
  });
  look();

  // A name that no action has is told once a page, where all campaigns that were asked have answered
  // and none has it. Until the page has loaded, the script of another one may be on its way.
  function look() {
    var /** @type {any} */ waits = document.readyState != 'complete';
    if (waits) page.addEventListener('load', guard(look));
    each(outbox, function (other) { if (other.part_ == part) waits = 1; });
    if (!waits) each(Object.keys(part.unmatched_ || {}), function (name) {
      if (!told[name]) say(told[name] = /** @type {any} */ (part.unmatched_)[name]);
    });
  }
}

// One of the things that a push waited for is done.
/** @param {Push} push @param {any} [problem] */
function settle(push, problem) {
  if (problem) {
    push.callback = [];
    tell(push.error, { reason: problem.message, retry: false });
  }
  if (!--push.left_) {
    push.error = [];
    tell(push.callback, { duplicate: !!push.duplicate_, unlocked: push.unlocked_ });
  }
}
