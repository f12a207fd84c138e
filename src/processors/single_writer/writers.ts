/** Writers that are known at once; the one whose last request is the oldest is forgotten for a new one. */
const mostWriters = 1 << 14;
/** A writer's memory with its texts, bytes: an estimate. */
const writerBytes = 600;
/** An ID is the place in the list and, above it, how often the place was given away; 0 stands for none. */
const placeBits = 15;
const mostUses = 1 << 15;
/** The delay of a writer is the least of the last one to two of these, milliseconds. */
const delayWindowMs = 300_000;

/** One that sends points of metric streams: a connection with whatever else tells senders apart. */
export interface StreamWriter {
  readonly id: number;
  /** The same for all connections of what `identify_by` takes for one writer. */
  readonly identity: number;
  /** The values of `identify_by`, as one text: the same after a reconnect. */
  readonly identityText: string;
  /** For people: the connection, and the rest of the identity. */
  readonly name: string;
}

interface Entry extends StreamWriter {
  /** Its key in the map. */
  readonly text: string;
  usedAt: number;
  /** The least delays between the time of a point and its arrival, of this window and the one before. */
  window: number;
  delayMs: number;
  delayBeforeMs: number;
}

/** The writers of all streams, by number. A request costs one look-up by text, whatever is in it. */
export class Writers {
  /** Those that were used last are last. */
  readonly #byText: Map<string, Entry> = new Map();
  readonly #places: (Entry | undefined)[] = [];
  readonly #uses: number[] = [];
  readonly #free: number[] = [];
  /** By text: the number of the identity, and the writers that have it. */
  readonly #identities: Map<string, { readonly number: number; writers: number }> = new Map();
  readonly #most: number;
  #identity = 0;

  /** @param most - for tests */
  constructor(most: number = mostWriters) {
    this.#most = most;
  }

  get count(): number {
    return this.#byText.size;
  }

  /** Bytes, about. */
  get bytes(): number {
    return this.#byText.size * writerBytes;
  }

  /** The writer of a request. @param connection - unlike that of any other that is connected at the same time */
  enter(connection: string, identityText: string, now: number): StreamWriter {
    const text = `${connection}\n${identityText}`;
    const known = this.#byText.get(text);
    if (known !== undefined) {
      known.usedAt = now;
      this.#byText.delete(text);
      this.#byText.set(text, known);
      return known;
    }
    if (this.#byText.size >= this.#most) this.#forgetOldest();
    const place = this.#free.pop() ?? this.#places.length;
    const uses = (this.#uses[place] = ((this.#uses[place] ?? 0) + 1) % mostUses);
    const entry: Entry = {
      ...{ id: ((uses << placeBits) | place) + 1, identity: this.#identityOf(identityText), identityText, text },
      name: connection.startsWith(identityText) || identityText === '' ? connection : `${connection} (${identityText})`,
      ...{ usedAt: now, window: -1, delayMs: Infinity, delayBeforeMs: Infinity },
    };
    this.#places[place] = entry;
    this.#byText.set(text, entry);
    return entry;
  }

  /** The writer with an ID; undefined when it was forgotten. */
  find(id: number): StreamWriter | undefined {
    return this.#find(id);
  }

  /** Notes how long the newest point of a request took to arrive; below 0 when the writer's clock is ahead. */
  noteDelay({ id }: StreamWriter, delayMs: number, now: number): void {
    const entry = this.#find(id);
    if (entry === undefined) return;
    const window = Math.floor(now / delayWindowMs);
    if (window !== entry.window) {
      entry.delayBeforeMs = window === entry.window + 1 ? entry.delayMs : Infinity;
      entry.delayMs = Infinity;
      entry.window = window;
    }
    entry.delayMs = Math.min(entry.delayMs, delayMs);
  }

  /**
   * By how many milliseconds the clock of one writer seems to be ahead of that of another; 0 when that is not known.
   * A request that comes late says nothing: the one that took the shortest time counts.
   * @param delayMs - of a point of `behind` that was not noted yet
   */
  skewMs(ahead: StreamWriter | undefined, behind: StreamWriter, delayMs: number): number {
    const a = ahead && this.#find(ahead.id);
    const b = this.#find(behind.id);
    if (a === undefined || b === undefined) return 0;
    const skew = Math.min(b.delayMs, b.delayBeforeMs, delayMs) - Math.min(a.delayMs, a.delayBeforeMs);
    return Number.isFinite(skew) ? skew : 0;
  }

  #find(id: number): Entry | undefined {
    const entry = this.#places[(id - 1) & ((1 << placeBits) - 1)];
    return entry?.id === id ? entry : undefined;
  }

  #identityOf(text: string): number {
    let identity = this.#identities.get(text);
    if (identity === undefined) this.#identities.set(text, (identity = { number: ++this.#identity, writers: 0 }));
    identity.writers++;
    return identity.number;
  }

  #forgetOldest(): void {
    for (const [text, { id, identityText }] of this.#byText) {
      const place = (id - 1) & ((1 << placeBits) - 1);
      this.#byText.delete(text);
      this.#places[place] = undefined;
      this.#free.push(place);
      const identity = this.#identities.get(identityText);
      if (identity !== undefined && --identity.writers === 0) this.#identities.delete(identityText);
      return;
    }
  }
}
