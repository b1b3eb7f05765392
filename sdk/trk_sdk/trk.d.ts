// Types of trk.js's one global, covering every call in sdk/trk_sdk/vectors.json.
//
// A TypeScript project only has to include this file. It imports and exports nothing: the names are
// in the namespace Gleam, whose value is the global itself.

declare namespace Gleam {
  /**
   * What a push may report with a name.
   *
   * Strings, numbers and booleans arrive as text, an object as its JSON; `undefined` and `null` mean
   * that there is no value.
   */
  type Value = string | number | boolean | null | undefined | Data;

  /** An object or an array, but no function: it arrives as JSON. */
  type Data = Readonly<Record<string, unknown>> | (object & { readonly bind?: never });

  /**
   * A name to report, optionally with a value, and with a signature if the action requires one.
   *
   * @example Gleam.push(['taskPerformed']);
   * @example Gleam.push(['VIP', 'myValue']);
   * @example Gleam.push(['OrderID', '10042', signature]); // hexadecimal, made by your server
   */
  type Tracking = readonly [name: string, value?: Value, signature?: string | undefined];

  /**
   * Called once, asynchronously, when the server has stored what was pushed in the same call; if it
   * was pushed alone, when the server has stored everything under way.
   *
   * @example Gleam.push(['VIP'], ['callback', (answer) => show(answer.unlocked)]);
   */
  type Callback = readonly [kind: 'callback', stored: (answer: Answer) => void];

  /**
   * Called once if the server refuses what was pushed in the same call, or if that could not be
   * delivered within 5 seconds.
   *
   * @example Gleam.push(['VIP'], ['error', (problem) => log(problem.reason)]);
   */
  type Failure = readonly [kind: 'error', failed: (problem: Problem) => void];

  /**
   * The visitor's consent, for a campaign that asks for it. `false` also erases the visitor id and
   * whatever has not been delivered.
   *
   * @example Gleam.push(['consent', true]);
   */
  type Consent = readonly [kind: 'consent', given: boolean];

  /**
   * A list of items. The first one must be an array: `['a', 'b']` is a name and a value.
   *
   * @example Gleam.push([['userId', '1234'], ['userName', 'bob']]);
   */
  type List = readonly [first: Tracking | Callback | Failure | Consent | List, ...rest: Item[]];

  /**
   * One argument of {@link Queue.push}; a string is a name without a value.
   *
   * @example Gleam.push('VIP');
   */
  type Item = string | Tracking | Callback | Failure | Consent | List;

  /** What a {@link Callback} receives. */
  interface Answer {
    /** The tracking names of the actions that this completed, as the campaign spells them. */
    unlocked: string[];
    /** The server had already stored this very push. */
    duplicate: boolean;
  }

  /** What a {@link Failure} receives. */
  interface Problem {
    /** A sentence for the site's owner. */
    reason: string;
    /** `true`: it is kept and tried again, and the callback may still come. `false`: it is refused. */
    retry: boolean;
  }

  /** @internal An item with the name `N`, which decides what its function receives. */
  type Named<N> =
    | readonly [name: N, value?: Value | Listener<N>]
    | readonly [name: N, value: Value, signature: string | undefined];

  /** @internal */
  type Listener<N> = N extends 'callback' ? Callback[1] : N extends 'error' ? Failure[1] : never;

  /**
   * The global: until trk.js has loaded, an array that queues items for it; then trk.js itself.
   * Pushing works the same in both.
   */
  interface Queue extends ArrayLike<Item> {
    /**
     * Report items, all in one request to the server.
     *
     * Spread a list that is computed: `Gleam.push(...pairs)`.
     *
     * @example Gleam.push(['userId', '1234'], ['userName', 'bob'], 'taskPerformed');
     */
    push<N extends string[]>(...items: { [I in keyof N]: `${N[I]}` | Named<N[I]> }): void;
    /** Report a list of items. */
    push<N extends [string, ...string[]]>(items: { [I in keyof N]: Named<N[I]> }): void;
    /** Report any mix of items. */
    push(...items: Item[]): void;

    /**
     * The address of a campaign's page, with a ticket that takes the visitor along: for
     * `window.open`, `location.href` and forms, which trk.js does not see as it sees a click on a
     * link. The ticket is good once and for one minute, so ask for it when it is used.
     *
     * There is none until trk.js has loaded.
     *
     * @example location.href = Gleam.link ? Gleam.link(url) : url;
     */
    link?(address: string): string;
  }

  /**
   * What happens in a campaign that ol.js or embed.js shows, as {@link Window.onGleamEvent} gets it.
   *
   * `completed` comes for each action that is completed while the campaign is shown, followed by
   * `unlocked` if it was a push that completed it.
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
