// What the recorder fills in.
declare const MOST: number;
declare var NAME: any;
