import type { Clock } from '../component/clock.js';
import type { RequestContext } from '../component/consumer.js';
import type { Batch } from '../otlp/batch.js';
import type { Drain } from './drain.js';
import { cancelled, type Send } from './send.js';
import { waitFor, type WaitEnd } from './wait.js';

/** A batch that has no outcome yet. */
interface Place {
  /** Undefined until they are known: then it may share one with any batch. */
  streams: ReadonlySet<number> | undefined;
  ended: boolean;
  readonly waiting: Set<() => void>;
}

/**
 * The line of batches before a backend that wants the items of a stream in their order: a batch passes those before it
 * only when it has no stream in common with them. It stands there until its last retry, so that a batch that is refused
 * for now is not overtaken.
 */
export class BatchLine {
  readonly #streamsOf: (batch: Batch) => Promise<ReadonlySet<number>>;
  readonly #clock: Clock;
  readonly #drain: Drain;
  /** In order of arrival. */
  readonly #places: Set<Place> = new Set();

  constructor(streamsOf: (batch: Batch) => Promise<ReadonlySet<number>>, clock: Clock, drain: Drain) {
    this.#streamsOf = streamsOf;
    this.#clock = clock;
    this.#drain = drain;
  }

  /** Sends by `next` once no batch before has a stream in common. */
  inOrder(next: Send): Send {
    return async (batch, context, rejected) => {
      const before = [...this.#places];
      const place: Place = { streams: undefined, ended: false, waiting: new Set() };
      this.#places.add(place);
      try {
        const streams = await this.#streamsOf(batch);
        place.streams = streams;
        this.#known(place);
        for (const other of before) await this.#pass(other, streams, context);
        return await next(batch, context, rejected);
      } finally {
        place.ended = true;
        this.#places.delete(place);
        this.#known(place);
      }
    };
  }

  /** Resolves when `other` is no longer in the way. */
  async #pass(other: Place, streams: ReadonlySet<number>, { deadline, signal }: RequestContext): Promise<void> {
    while (!other.ended && (other.streams === undefined || haveCommon(other.streams, streams))) {
      const end: WaitEnd<void> = await waitFor(
        { clock: this.#clock, deadline, signal, drain: this.#drain },
        (changed) => {
          const changedTo = (): void => changed();
          other.waiting.add(changedTo);
          return () => other.waiting.delete(changedTo);
        },
      );
      if (end.by !== 'event') throw cancelled(end.by);
    }
  }

  /** Wakes those that wait for news of a place. */
  #known({ waiting }: Place): void {
    for (const wake of [...waiting]) wake();
  }
}

function haveCommon(a: ReadonlySet<number>, b: ReadonlySet<number>): boolean {
  const [few, many] = a.size < b.size ? [a, b] : [b, a];
  for (const stream of few) if (many.has(stream)) return true;
  return false;
}
