// What the page is told of its pushes.

// Calls functions, once each and asynchronously, so that an exception in one of them does not
// stop us.
/** @param {Function[]} fns @param {unknown} argument */
function tell(fns, argument) {
  each(fns, function (fn) { wait(0, function () { fn(argument); }); });
  fns.length = 0;
}

// Tells pushes what the server said of their pairs; some only waited for the answer.
/** @param {Push[]} owners @param {Answer} answer @param {any} error */
function learn(owners, answer, error) {
  var words = answer.pairs || [], refused = answer.refused || [error], unlocked = 0, problems = refused.length;
  each(words, function (word) { if (word == 'refused') problems--; });
  each(refused, function (problem) { say(problem.message); });
  each(answer.notes || [], function (note) {
    if (debug) say(SENTENCE.NOTE + note); else // @debug
    if (!told[note]) say(told[note] = note);
  });
  each(owners, function (push, i) {
    var problem = error;
    if (words[i] == 'unlocked') add(push.unlocked, answer.unlocked[unlocked++]);
    if (words[i] == 'refused' && refused[problems++].code == 'bad_pair') problem = refused[problems - 1];
    // Pushed alone, functions hear of everything that they waited for.
    if (!push.pairs) each(answer.unlocked || [], function (name) { add(push.unlocked, name); });
    push.duplicate |= answer.duplicate;
    settle(push, push.pairs && problem);
  });
}

// One of the things that a push waited for is done.
/** @param {Push} push @param {any} [problem] */
function settle(push, problem) {
  if (problem) {
    push.callback = [];
    tell(push.error, { retry: false, reason: problem.message });
  }
  if (!--push.left) {
    push.error.length = 0;
    tell(push.callback, { duplicate: !!push.duplicate, unlocked: push.unlocked });
  }
}
