/** What the line gives, measured by what comes over it. */
import { root } from '../dicomweb';
import { isFast, type Line, lineOf, type Transfer } from './line.model';

const fresh = 5_000; // ms
const kept = 20;

export class Meter {
  readonly #loaded = new Loaded();
  #recent: Transfer[] = [];
  #line: Line = {};
  #fast = false;

  get line(): Line {
    return this.#line;
  }

  /** Pictures come as they are kept, at once, instead of small ones first. */
  get isFast(): boolean {
    return this.#fast;
  }

  add(...came: Transfer[]): void {
    this.#recent = [...this.#recent, ...came].slice(-kept);
    this.#line = lineOf(this.#recent);
    this.#fast = isFast(this.#line);
  }

  /** What was measured a while ago, maybe on another line, counts no more; what the page has just loaded from the archive does. */
  refresh(): void {
    const since = performance.now() - fresh;
    this.#recent = this.#recent.filter((t) => t.ended > since);
    this.add(...this.#loaded.take().filter((t) => t.ended > since));
  }

  /** What was asked for is not here after a time in which a fast line brings it: what was measured before says nothing of the line as it is now. */
  doubt(): void {
    this.#recent = [];
    this.add();
  }

  /** So many previews as the line brings in a second: between two jobs a connection is idle for a round trip. */
  get batch(): number {
    return Math.max(4, Math.min(48, Math.round((this.#line.rate ?? 250_000) / 14_000)));
  }
}

/** What the page loads from the archive beside pictures. It is observed: the browser's own list of what was loaded ends after some hundred pictures. */
class Loaded {
  #all: Transfer[] = [];
  readonly #observer = new PerformanceObserver((list) => this.#keep(list.getEntries()));

  constructor() {
    this.#observer.observe({ type: 'resource', buffered: true });
  }

  /** The last ones since it was asked before. */
  take(): Transfer[] {
    this.#keep(this.#observer.takeRecords());
    const all = this.#all;
    this.#all = [];
    return all;
  }

  #keep(entries: PerformanceEntryList): void {
    const came = (entries as PerformanceResourceTiming[])
      .filter((e) => e.name.includes(root) && /\/(metadata|series)$/.test(e.name) && e.transferSize > 0)
      .map((e) => ({ bytes: e.transferSize, asked: e.requestStart, began: e.responseStart, ended: e.responseEnd }));
    this.#all = [...this.#all, ...came].slice(-5);
  }
}
