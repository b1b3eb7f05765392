// Types of the one global that trk.js has, for every call that sdk/trk_sdk/vectors.json knows.
//
// In a TypeScript project it is enough that this file is among those that are compiled. No import,
// no export: the names live in the namespace Gleam, whose value is the global itself.

declare namespace Gleam {
  /**
   * What a push may report with a name.
   *
   * Text, numbers and booleans arrive as text, an object as its JSON; `undefined` and `null` mean
   * that there is no value.
   */
  type Value = string | number | boolean | null | undefined | Data;

  /** An object or an array, but no function: only JSON arrives. */
  type Data = Readonly<Record<string, unknown>> | (object & { readonly bind?: never });

  /**
   * A name to report, with a value if there is one, and with a signature if the action asks for it.
   *
   * @example Gleam.push(['taskPerformed']);
   * @example Gleam.push(['VIP', 'myValue']);
   * @example Gleam.push(['OrderID', '10042', signature]); // hexadecimal, made by your server
   */
  type Tracking = readonly [name: string, value?: Value, signature?: string | undefined];

  /**
   * Called once, later, when the server has stored what was pushed together with it; pushed alone,
   * when it has stored all that is under way.
   *
   * @example Gleam.push(['VIP'], ['callback', (answer) => show(answer.unlocked)]);
   */
  type Callback = readonly [kind: 'callback', stored: (answer: Answer) => void];

  /**
   * Called once if the server refuses what was pushed together with it, or if that could not be
   * delivered within 5 seconds.
   *
   * @example Gleam.push(['VIP'], ['error', (problem) => log(problem.reason)]);
   */
  type Failure = readonly [kind: 'error', failed: (problem: Problem) => void];

  /**
   * The visitor's consent, for a campaign that asks for it. `false` also forgets who the visitor is
   * and what has not been delivered.
   *
   * @example Gleam.push(['consent', true]);
   */
  type Consent = readonly [kind: 'consent', given: boolean];

  /**
   * Items in an array. The first of them is an array itself: `['a', 'b']` is a name and a value.
   *
   * @example Gleam.push([['userId', '1234'], ['userName', 'bob']]);
   */
  type List = readonly [first: Tracking | Callback | Failure | Consent | List, ...rest: Item[]];

  /**
   * One argument of {@link Queue.push}; text is a name without a value.
   *
   * @example Gleam.push('VIP');
   */
  type Item = string | Tracking | Callback | Failure | Consent | List;

  /** What a {@link Callback} is given. */
  interface Answer {
    /** Tracking names, as the campaign's actions spell them, of the actions that this completed. */
    unlocked: string[];
    /** The server had stored the very same push before. */
    duplicate: boolean;
  }

  /** What a {@link Failure} is given. */
  interface Problem {
    /** A sentence for the site's owner. */
    reason: string;
    /** `true`: it is kept and tried again, and the callback may still come. `false`: it is refused. */
    retry: boolean;
  }

  /** @internal An item with the name `N`: the name decides what its function is given. */
  type Named<N> =
    | readonly [name: N, value?: Value | Listener<N>]
    | readonly [name: N, value: Value, signature: string | undefined];

  /** @internal */
  type Listener<N> = N extends 'callback' ? Callback[1] : N extends 'error' ? Failure[1] : never;

  /**
   * The global: before trk.js has loaded an array that waits for it, then trk.js itself. Pushing is
   * the same in both.
   */
  interface Queue extends ArrayLike<Item> {
    /**
     * Report items, all in one call of the server.
     *
     * A list that is computed is spread: `Gleam.push(...pairs)`.
     *
     * @example Gleam.push(['userId', '1234'], ['userName', 'bob'], 'taskPerformed');
     */
    push<N extends string[]>(...items: { [I in keyof N]: `${N[I]}` | Named<N[I]> }): void;
    /** Report a list of items. */
    push<N extends [string, ...string[]]>(items: { [I in keyof N]: Named<N[I]> }): void;
    /** Report any mix of items. */
    push(...items: Item[]): void;
  }

  /**
   * What happens in a campaign that ol.js or embed.js shows, as {@link Window.onGleamEvent} is told.
   *
   * `completed` comes with each action that is done while it is shown, and `unlocked` after it where
   * a push has done it.
   */
  type CampaignEvent =
    | { type: 'loaded' | 'entered'; campaign: EventCampaign }
    | { type: 'completed' | 'unlocked'; campaign: EventCampaign; action: EventAction };

  /** The campaign in which it happened. */
  interface EventCampaign {
    /** As in the address of its script: `y2sB7`. */
    key: string;
    name: string;
  }

  /** The action that was completed or unlocked. */
  interface EventAction {
    id: number;
    title: string;
  }
}

/**
 * Reports what a visitor does to the campaigns on the page.
 *
 * It exists once trk.js has loaded, or once the page has made it itself:
 * `window.Gleam = window.Gleam || [];`
 */
declare const Gleam: Gleam.Queue;

interface Window {
  /**
   * The same; `undefined` until there is one.
   *
   * @example window.Gleam = window.Gleam || [];
   */
  Gleam?: Gleam.Queue;

  /**
   * Called by an embedded campaign, if the page defines it.
   *
   * @example window.onGleamEvent = (event) => { if (event.type === 'entered') thank(); };
   */
  onGleamEvent?: (event: Gleam.CampaignEvent) => void;
}
