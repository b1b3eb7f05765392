// What all of trk.js shares: what it knows, and how it goes through lists.

/** @typedef {{ id_?: string, time_?: any, pairs_: string, more_: string, owners_: Push[], size_: number, unmatched_?: Record<string, string> }} Part */
/** @typedef {{ name_: string, url_: string, time_: number, body_?: string, part_: Part, pushes_: Push[], state_?: number, pause_: number }} Entry */
/**
 * What one call of push was given and what became of it; left: how much of it is under way.
 * @typedef {{ callback: Function[], error: Function[], unlocked_: string[], duplicate_?: any, left_: number, pairs_: number }} Push
 */
/** @typedef {{ error?: any, refused?: any[], unlocked: string[], pairs: string[], notes?: string[], duplicate?: any }} Answer */
/** @typedef {{ base_: string, ask_: any, given_: number }} Campaign  does it ask for consent, how many parts has it */

var WEEK = 6048e5,  // milliseconds: how long an entry is kept and tried
  /** @type {any} */
  page = window,
  later = page.setTimeout,
  /** @type {(thing: any) => boolean} */
  isArray = Array.isArray,
  stringify = JSON.stringify,
  /** @type {Campaign[]} */
  campaigns = [],
  /** @type {Part[]} */
  parts = [],       // all of this page, kept for campaigns whose script loads later
  /** @type {Part | 0 | undefined} */
  current,          // the one that what is pushed in this task joins
  /** @type {Entry[]} */
  outbox = [],
  /** @type {any} */
  anchor,           // of no document: for addresses; its text counts, and a change of it is heard after the task
  /** @type {0 | 1 | undefined} */
  soon,             // is there to be a flush once the task is over?
  last = 5e15,      // the time in the latest id, in 1/4096 ms; a clock before 2009 is none
  /** @type {any} */
  storage,
  /** @type {any} */
  debug,            // @debug
  /** @type {any} */
  consent = 0,      // true: given, -1: refused, 0: not asked yet
  /** @type {string | undefined} */
  tail,             // of all ids of this page
  /** @type {string | undefined} */
  visitor,
  /** @type {string | undefined} */
  was,              // another id that this browser has used
  /** @type {any} */
  labelled,         // the control of a label that was just clicked
  /** @type {any[]} */
  counted,          // the elements whose push that click was
  /** @type {Record<string, any>} */
  told = {},
  /** @type {() => void} */
  look;             // takes what the page has put where pushes are not heard

// Calls step with each item of a list.
/** @template T @param {ArrayLike<T>} list @param {(item: T, i: number) => void} step */
function each(list, step) {
  for (var i = 0; i < list.length; i++) step(list[i], i);
}

// A step that may fail, as a function that does not: it says so instead.
/** @param {(argument?: any) => void} step */
function guard(step) {
  return function (/** @type {any} */ argument) { attempt(step, say, argument); };
}

/** @template T @param {T[]} list @param {T} item */
function add(list, item) {
  list[list.length] = item;
}

/** @param {ArrayLike<unknown>} list */
function copy(list) {
  var /** @type {unknown[]} */ items = [];
  each(list, function (item) { add(items, item); });
  return items;
}

/** @param {unknown[]} list @param {unknown} item */
function has(list, item) {
  var /** @type {1 | undefined} */ found;
  each(list, function (other) { if (other == item) found = 1; });
  return found;
}

// The time in milliseconds; a clock that is past 2033 stands still, since an id has no more room.
function now() {
  return Math.min(+new Date || 0, 2e12);
}

// Runs a step after some milliseconds. A page's setTimeout may pass on no more than that.
/** @param {number} time @param {() => void} step */
function wait(time, step) {
  later(guard(step), time);
}

// The value as plain JSON, even if a library of the page gave toJSON to arrays and strings.
/** @param {unknown} value */
function json(value) {
  return stringify(value, function (name) { return this[name]; });
}

// The page's storage; to touch it for the first time takes longer than the rest of a visit. One
// that is there may be unreadable all the same, as where a browser's file of it is damaged.
/** @returns {Record<string, any>} */
function kept() {
  if (!storage) {
    storage = attempt(function () { return localStorage.gleam_id, localStorage; }) || {};
    debug = storage.gleam_debug || /[?&]gleam_debug=1/.test(/** @type {any} */ (location));  // @debug
  }
  return storage;
}
