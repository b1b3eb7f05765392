// What the scripts of our own pages look up there is in a template, which the compiler can't see: it
// takes their word for what kind of element is found.
interface ParentNode {
  querySelector(selectors: string): any;
  querySelectorAll(selectors: string): NodeListOf<any>;
}
interface Window {
  words: any;
}
// What words.js leaves there for the other scripts.
declare const words: {
  say(name: string, values?: Record<string, string | number>): string;
  number(count: number): string;
  units(count: number, unit: string): string;
};
interface Document {
  getElementById(id: string): any;
}
