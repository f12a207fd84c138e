import { waitFor, type Limits, type WaitEnd } from './wait.js';

/**
 * Senders that wait for room, in the order in which they came. When room was made the first one alone looks whether it
 * suffices, however many wait, and no one overtakes it; once it has found some, it is the next one's turn.
 */
export class WaitingSenders {
  readonly #places: Set<SenderPlace> = new Set();

  get isEmpty(): boolean {
    return this.#places.size === 0;
  }

  /** The place of a sender behind all others; `now` is the time. */
  join(now: number): SenderPlace {
    const place = new SenderPlace(this, now, () => {
      this.#places.delete(place);
      // It may have left some room.
      this.roomMade();
    });
    this.#places.add(place);
    // Without others before it, it looks once more before it waits: room may have been made since it did.
    if (this.#places.size === 1) place.wake();
    return place;
  }

  roomMade(): void {
    for (const first of this.#places) return first.wake();
  }

  /** All senders that wait may go on, whatever their places. */
  wakeAll(): void {
    for (const place of [...this.#places]) place.wake();
  }
}

/** The place of a sender, from when it finds no room until it finds some. */
export class SenderPlace {
  /** Ends its wait. */
  #wake: (() => void) | undefined;
  /** It was woken while it did not wait. */
  #isAwake = false;
  readonly line: WaitingSenders;
  /** When it came. */
  readonly since: number;
  /** Gives up the place. */
  readonly leave: () => void;

  constructor(line: WaitingSenders, since: number, leave: () => void) {
    this.line = line;
    this.since = since;
    this.leave = leave;
  }

  wake(): void {
    if (this.#wake) this.#wake();
    else this.#isAwake = true;
  }

  /** Waits until it is woken. */
  wait(limits: Limits): Promise<WaitEnd<void>> {
    return waitFor<void>(limits, (woken) => {
      this.#wake = woken;
      if (this.#isAwake) woken();
      this.#isAwake = false;
      return () => (this.#wake = undefined);
    });
  }
}
