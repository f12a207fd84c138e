const remembered = 128;

/**
 * The last closed streams, to distinguish frames that were in flight at the close from a peer that breaks the rules.
 */
export class ClosedStreams {
  readonly #ids: Uint32Array = new Uint32Array(remembered);
  readonly #byUs: Uint8Array = new Uint8Array(remembered);
  #next = 0;

  add(stream: number, byUs: boolean): void {
    this.#ids[this.#next] = stream;
    this.#byUs[this.#next] = byUs ? 1 : 0;
    this.#next = (this.#next + 1) % remembered;
  }

  /** Undefined when it closed too long ago, or was skipped. */
  find(stream: number): 'by us' | 'by the peer' | undefined {
    const at = this.#ids.indexOf(stream);
    if (at < 0) return undefined;
    return this.#byUs[at] === 1 ? 'by us' : 'by the peer';
  }
}
