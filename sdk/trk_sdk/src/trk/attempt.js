// trk.js: sends what a page pushes to tracking servers, and loses nothing on the way.
//
// ES5 without back-ticks. sdk/trk_sdk/builder.py makes one function of the files in this folder, in
// the order that stands there: this one, and the others within an attempt(). It fills in the words
// in capitals: what is written to the console (from sdk/trk_sdk/console.py) and, in start.js, where
// the campaign is, whether it asks for consent, what in the browser counts as a refusal, and the
// name of the global.
//
// What is pushed in one task shares a beacon, a part, until that is full. Before push returns, a
// part is an entry of the outbox for every campaign on the page; an entry leaves the outbox once
// the server has it.
//
// Pages and their libraries replace built-ins. So functions get their arguments by closures, lists
// are read and made longer by their indices, and what is needed again and again is taken once, at
// the start. Whatever fails all the same is caught, and told in one line.
//
// A property that ends with _ is ours alone: the minifier gives it a short name.
//
// @name marks the line of a feature, or its lines up to @}: the build prints the size of each one.

// Runs a step that may fail because of the browser or the page; if it does, runs the other one.
/**
 * @param {(argument: any) => any} step
 * @param {0 | ((error: any) => any)} [other]
 * @param {any} [argument]
 * @returns {any}
 */
function attempt(step, other, argument) {
  try { return step(argument); } catch (error) {
    return other && attempt(other, 0, error);
  }
}

/** @param {unknown} text */
function say(text) {
  attempt(function () { console.warn(PREFIX, text); });
}
