// What the scripts of the demo shop's pages give each other.
interface Window {
  /** Called when a push of the page has arrived. */
  noted(answer: Gleam.Answer): void;
  /** The page's trigger, where its script decides when: see trk_shop/pushes.py. */
  report(value?: string): void;
  // The lab's:
  told(answer: Gleam.Answer): void;
  failed(problem: Gleam.Problem): void;
  goOn(): void;
  example(): void;
  lab: { pushes(example: () => void): void; afterLoading(example: () => void): void };
}
