const patience = 150; // ms for which a press may wait for what it opens; later a person would feel it

/** Who opens something stays where they are until it can be shown, so that nothing flickers between; on a slow line not for long. */
export class Opening {
  #latest: symbol | undefined;
  #isHere = false;

  /** The page is there. */
  enter(): void {
    this.#isHere = true;
  }

  /**
   * Fetches what is opened, and ends when it is there, has failed or takes too long. False where something else was opened meanwhile, or the page was
   * left, maybe before this began.
   */
  async wait(fetch: () => Promise<unknown>): Promise<boolean> {
    if (!this.#isHere) return false;
    const mine = Symbol();
    this.#latest = mine;
    const there = fetch();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((go) => {
      timer = setTimeout(go, patience);
    });
    await Promise.race([there.catch(() => undefined), late]);
    clearTimeout(timer);
    return this.#latest === mine;
  }

  /** The page is left: nothing of it leads elsewhere any more. */
  leave(): void {
    this.#isHere = false;
    this.#latest = undefined;
  }
}
