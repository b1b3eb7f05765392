// What the scripts of our own pages look up there is in a template, which the compiler can't see: it
// takes their word for what kind of element is found.
interface ParentNode {
  querySelector(selectors: string): any;
  querySelectorAll(selectors: string): NodeListOf<any>;
}
interface Window {
  words: any;
  toast: any;
}
// What words.js leaves there for the other scripts.
declare const words: {
  say(name: string, values?: Record<string, string | number>): string;
  number(count: number): string;
  units(count: number, unit: string): string;
};
/** An action that has just been unlocked; `gain` is in entries. */
interface Unlocked {
  id: number;
  title: string;
  gain: number;
}
// What toast.js leaves there.
declare const toast: {
  LONG: number;
  kept: boolean;
  count(element: HTMLElement, to: number): void;
  tell(unlocked: Unlocked[]): void;
};
interface Document {
  getElementById(id: string): any;
}
