import type { Batcher, Export } from './batcher.js';
import type { Entry } from './entry.js';
import type { Outlet } from './queue.js';

/** Exports what is in the queue, in order, at most `count` batches at a time (`num_consumers`). */
export class Consumers {
  readonly #queue: Outlet;
  readonly #batcher: Batcher | undefined;
  readonly #count: number;
  readonly #export: (ready: Export) => Promise<void>;
  readonly #toBatcher: (entry: Entry) => void;
  #busy = 0;
  #pumping = false;
  #draining = false;
  #idle: (() => void) | undefined;

  /** `run` exports and never rejects. `toBatcher` is called when a request goes from the queue to the batcher. */
  constructor(
    queue: Outlet,
    batcher: Batcher | undefined,
    count: number,
    run: (ready: Export) => Promise<void>,
    toBatcher: (entry: Entry) => void,
  ) {
    this.#queue = queue;
    this.#batcher = batcher;
    this.#count = count;
    this.#export = run;
    this.#toBatcher = toBatcher;
  }

  /** Starts what can be started now. */
  pump(): void {
    // Settling a request can admit the next one, which pumps again.
    if (this.#pumping) return;
    this.#pumping = true;
    while (this.#step());
    this.#pumping = false;
    if (this.#idle && this.#busy === 0 && this.#queue.empty && (this.#batcher?.empty ?? true)) this.#idle();
  }

  /** Resolves when nothing is left; batches no longer wait for more. */
  drain(): Promise<void> {
    return new Promise((resolve) => {
      this.#draining = true;
      this.#idle = resolve;
      this.pump();
    });
  }

  #step(): boolean {
    const batcher = this.#batcher;
    if (this.#busy < this.#count) {
      const ready = batcher ? batcher.next() : alone(this.#queue.next());
      if (ready) {
        this.#start(ready);
        return true;
      }
    }
    // While a ready batch waits for a consumer, no request leaves the queue, which fills up and refuses.
    if (!batcher || batcher.ready || batcher.cutting) return false;
    const entry = this.#queue.next();
    if (entry) {
      this.#toBatcher(entry);
      void batcher.add(entry)?.then(() => this.pump());
      return true;
    }
    if (!this.#draining || batcher.empty) return false;
    batcher.flushAll();
    return true;
  }

  #start(ready: Export): void {
    this.#busy++;
    void this.#export(ready).then(() => {
      this.#busy--;
      this.pump();
    });
  }
}

/** Without a batcher each request is an export of its own. */
function alone(entry: Entry | undefined): Export | undefined {
  if (!entry) return undefined;
  entry.open();
  const { batch, context } = entry;
  return {
    batch: batch.own(),
    context,
    shares: [{ source: entry, items: batch.itemCount, bytes: batch.bytes.byteLength }],
  };
}
