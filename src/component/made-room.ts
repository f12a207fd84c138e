import type { ByteBudget } from './budget.js';
import { unlessCancelled, type CancelSignal } from './cancellation.js';

/**
 * The room, in the budget that all share, for what one exporter makes of its batches: other bodies, texts. Where none
 * is left they wait for some. One at a time goes on without, for what holds the memory may be a queue that waits for
 * this very exporter; so an exporter is never more than one of them above the budget.
 */
export class MadeRoom {
  readonly #budget: ByteBudget | undefined;
  #privileged: MadeBytes | undefined;
  #waiting: (() => void)[] = [];
  #listens = false;

  /** Without a budget there is room for everything. */
  constructor(budget: ByteBudget | undefined) {
    this.#budget = budget;
  }

  begin(): MadeBytes {
    return new MadeBytes(this);
  }

  /** Whether `bytes` more may be made; `unreserved`: without a reservation. */
  take(made: MadeBytes, bytes: number): 'reserved' | 'unreserved' | 'no room' {
    if (this.#budget?.tryReserve(bytes) ?? true) return 'reserved';
    this.#privileged ??= made;
    return this.#privileged === made ? 'unreserved' : 'no room';
  }

  give(bytes: number): void {
    if (bytes > 0) this.#budget?.release(bytes);
  }

  /** Another one may go on without room. */
  pass(made: MadeBytes): void {
    if (this.#privileged !== made) return;
    this.#privileged = undefined;
    this.#wake();
  }

  /** Resolves when there may be room. */
  changed(): Promise<void> {
    if (!this.#listens) {
      this.#listens = true;
      this.#budget?.onceReleased(() => {
        this.#listens = false;
        this.#wake();
      });
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    for (const run of this.#waiting.splice(0)) run();
  }
}

/** What is made of one batch, from its beginning until `end`. */
export class MadeBytes {
  readonly #room: MadeRoom;
  #reserved = 0;
  #isOver = false;

  constructor(room: MadeRoom) {
    this.#room = room;
  }

  /** Whether it may have so many bytes in all by now; otherwise nothing is changed. */
  fits(bytes: number): boolean {
    const more = bytes - this.#reserved;
    // It may still be made when it was given up.
    if (more <= 0 || this.#isOver) return true;
    const taken = this.#room.take(this, more);
    if (taken === 'reserved') this.#reserved = bytes;
    return taken !== 'no room';
  }

  /** As `fits`, but waits for the room. Rejects with `Cancelled` when that is wanted no more. */
  async grow(bytes: number, signal: CancelSignal | undefined): Promise<void> {
    while (!this.fits(bytes)) await unlessCancelled(this.#room.changed(), signal);
  }

  /** It is complete, but may be in memory for long: others must not wait for it. */
  complete(): void {
    this.#room.pass(this);
  }

  /** Nothing of it is in memory any more. Further calls do nothing. */
  end(): void {
    this.#isOver = true;
    const bytes = this.#reserved;
    this.#reserved = 0;
    this.#room.give(bytes);
    this.#room.pass(this);
  }
}
