// What the type checker must know of the sources in sdk/trk_sdk/src beside the browser.

// The words in capitals, as sdk/trk_sdk/builder.py fills them in.
declare const PREFIX: string;
declare const SENTENCE: { readonly [name: string]: string };
declare const ASK: 0 | 1;
declare const PRIVACY: unknown;
declare const WORDS: string[][];
declare const ORIGINS: string[];
declare var GLOBAL: any;
interface Window {
  GLOBAL: any;
}

// What trk.js leaves to JavaScript's own conversions, since each one by hand costs bytes.
interface RegExp {
  test(anything: unknown): boolean;
  exec(anything: unknown): any;
}
interface DateConstructor {
  new (): Date & number;
}
declare function fetch(
  url: string,
  options: { body: string; keepalive: 1; method: 'POST'; credentials: 'omit' },
): Promise<Response>;

// What frame.js and embed.js put on elements.
interface HTMLIFrameElement {
  tell(said: { campaign?: string; [name: string]: unknown }): void;
}
interface HTMLElement {
  gleam?: HTMLIFrameElement;
}

// What the compiler's library does not have.
interface Document {
  readonly prerendering?: boolean;
}
