// What the scripts of our own pages look up there is in a template, which the compiler can't see: it
// takes their word for what kind of element is found.
interface ParentNode {
  querySelector(selectors: string): any;
  querySelectorAll(selectors: string): NodeListOf<any>;
}
interface Document {
  getElementById(id: string): any;
}
