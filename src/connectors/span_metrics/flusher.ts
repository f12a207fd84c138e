import type { Clock, Random } from '../../component/clock.js';
import { emptyContext, type Consumer } from '../../component/consumer.js';
import type { ComponentLedger } from '../../component/ledger.js';
import type { Logger } from '../../component/telemetry.js';
import { resultInTurns } from '../../component/turn.js';
import { Acknowledged } from '../../delivery/acknowledged.js';
import type { RetryConfig } from '../../delivery/config.js';
import type { Drain } from '../../delivery/drain.js';
import { FlushWalk, type FlushRules } from './flush-walk.js';
import type { SpanSeries } from './span-series.js';

/** Batches that the next component may have at a time: they, and no more, are held while it takes nothing. */
const mostUnderWay = 4;
/** Where the books hold points that were made. */
const place = 'flush';

/** Counted values are in no other place any more: a batch is offered until it is taken or refused for good. */
const retry: RetryConfig = {
  enabled: true,
  initial_interval: 1000,
  randomization_factor: 0.5,
  multiplier: 1.5,
  max_interval: 30_000,
  max_elapsed_time: 0,
};

export interface FlusherParts {
  readonly context: { readonly clock: Clock; readonly random: Random; readonly logger: Logger };
  readonly next: Consumer;
  readonly drain: Drain;
  /** Of the metrics. */
  readonly books: ComponentLedger;
}

/**
 * Hands on what has been counted. A batch is made when it can be handed on: while the next component takes nothing,
 * what is not in one of the few batches stays where it is counted, and grows with what arrives.
 */
export class Flusher {
  readonly #parts: FlusherParts;
  readonly #acknowledged: Acknowledged;

  constructor(parts: FlusherParts) {
    this.#parts = parts;
    this.#acknowledged = new Acknowledged({ ...parts, place, retry });
  }

  /** Flushes all series once; resolves when every batch has its outcome. Never rejects. */
  async flush(series: SpanSeries, rules: FlushRules): Promise<void> {
    const { context, books } = this.#parts;
    const walk = new FlushWalk(series, rules, context.clock);
    const underWay = new Set<Promise<void>>();
    for (;;) {
      const batch = await resultInTurns(walk.next());
      if (!batch) break;
      books.created(batch.itemCount);
      books.held(batch.itemCount, place);
      const sent = this.#acknowledged.handOn(batch, emptyContext).finally(() => underWay.delete(sent));
      underWay.add(sent);
      if (underWay.size === mostUnderWay) await Promise.race(underWay);
    }
    await Promise.all(underWay);
  }
}
