/// <reference path="./trk.d.ts" />

/** How {@link load} puts the script into the page. */
export interface LoadOptions {
  /** The nonce of the page's Content-Security-Policy. */
  nonce?: string | undefined;
  /**
   * Load this release of the script, from its address that never changes: `0.2.0-` and 16
   * hexadecimal digits, as the server names it when it pins a script.
   */
  release?: string | undefined;
  /** The hash of that release; the browser runs exactly these bytes or none. */
  integrity?: string | undefined;
}

/**
 * Put the script of a campaign into the page, once, however often it is called.
 *
 * The promise resolves when the script has run. It rejects with a sentence if an argument can't be
 * right, or if the browser did not load the script; another call then tries again. There is no need
 * to wait for it: {@link push} keeps what comes earlier. If it is rejected, each `['error', fn]` that
 * waits, or is pushed before another call succeeds, is told so. On a server it does nothing.
 *
 * @param key - The campaign's key, such as `y2sB7`.
 * @param host - The tracking server's scheme and host, such as `https://track.example.org`.
 * @example load('y2sB7', 'https://track.example.org');
 */
export declare function load(key: string, host: string, options?: LoadOptions): Promise<void>;

/**
 * Report items to every campaign on the page, before or after its script has loaded: the same as
 * `window.Gleam = window.Gleam || []; Gleam.push(...items)`. On a server it does nothing.
 *
 * @example push(['VIP', 'myValue']);
 * @example push(['VIP'], ['callback', (answer) => show(answer.unlocked)]);
 */
export declare const push: Gleam.Queue['push'];

/** One argument of {@link push}. */
export type Item = Gleam.Item;
/** What goes with a name. */
export type Value = Gleam.Value;
/** What `['callback', fn]` is given. */
export type Answer = Gleam.Answer;
/** What `['error', fn]` is given. */
export type Problem = Gleam.Problem;
/** What `window.onGleamEvent` is given. */
export type CampaignEvent = Gleam.CampaignEvent;
