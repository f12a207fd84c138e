import type { Batch } from '../otlp/batch.js';
import type { Batcher, Flush } from './batcher.js';
import type { Entry } from './entry.js';
import type { MemoryQueue } from './queue.js';

/** Takes requests out of the queue and exports them, `count` at a time at most. */
export class Consumers {
  readonly #queue: MemoryQueue;
  readonly #batcher: Batcher | undefined;
  readonly #count: number;
  readonly #export: (flush: Flush) => Promise<void>;
  readonly #taken: (entry: Entry) => void;
  #busy = 0;
  #pumping = false;
  #draining = false;
  #idle: (() => void) | undefined;

  /** `taken` runs when the batcher takes a request over. `run` never rejects. */
  constructor(
    queue: MemoryQueue,
    batcher: Batcher | undefined,
    count: number,
    run: (flush: Flush) => Promise<void>,
    taken: (entry: Entry) => void,
  ) {
    this.#queue = queue;
    this.#batcher = batcher;
    this.#count = count;
    this.#export = run;
    this.#taken = taken;
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
      const flush = batcher ? batcher.take() : single(this.#queue.take());
      if (flush) {
        this.#start(flush);
        return true;
      }
    }
    // While a finished batch waits for a consumer, nothing more is read: the queue fills and pushes back.
    if (!batcher || batcher.ready) return false;
    const entry = this.#queue.take();
    if (entry) {
      this.#taken(entry);
      batcher.add(entry);
      return true;
    }
    if (!this.#draining || batcher.empty) return false;
    batcher.flushAll();
    return true;
  }

  #start(flush: Flush): void {
    this.#busy++;
    void this.#export(flush).then(() => {
      this.#busy--;
      this.pump();
    });
  }
}

function single(entry: Entry | undefined): { batch: Batch; sources: readonly Entry[]; context: Entry['context'] } | undefined {
  if (!entry) return undefined;
  entry.open();
  return { batch: entry.batch, sources: [entry], context: entry.context };
}
