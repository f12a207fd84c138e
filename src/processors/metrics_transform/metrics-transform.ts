import { changing } from '../../component/changing.js';
import type { Consumer } from '../../component/consumer.js';
import type { PipelineContext, Processor } from '../../component/define.js';
import { DeliveryError } from '../../component/delivery-error.js';
import type { Batch } from '../../otlp/batch.js';
import { redrafting, type ScopeChange } from '../../otlp/draft/redrafting.js';
import { DraftTooLarge } from '../../otlp/draft/scope-draft.js';
import type { InPieces } from '../../otlp/work.js';
import type { Config } from './config.js';
import { TransformTally } from './telemetry.js';
import { Transform } from './transform.js';

/** Changes metrics by name. */
export function createMetricsTransform(config: Config, context: PipelineContext, next: Consumer): Processor {
  const { signal, ledger, logger, buildInfo, id } = context;
  const books = ledger.component(id, signal);
  const warned = new Set<string>();
  const transforms = config.transforms.map((one, number) => {
    /** Once for each transform: the same metrics come again with every request. */
    const warn = (message: string, metric: string): void => {
      const key = `${number} ${message}`;
      if (warned.has(key)) return;
      warned.add(key);
      logger.warn('Metrics stay as they are', { error: message, metric, transform: number });
    };
    return new Transform(one, number, buildInfo.version, warn);
  });
  return changing({
    next,
    books,
    *change(batch) {
      const tally = new TransformTally();
      const made = yield* madeOrRefused(batch, {
        concerns: ({ name }) => transforms.some((transform) => transform.concerns(name)),
        *change(scope) {
          for (const transform of transforms) yield* transform.apply(scope, tally);
        },
      });
      return {
        batch: made.itemCount > 0 ? made : undefined,
        book: () => tally.book(books, batch.itemCount),
      };
    },
  });
}

function* madeOrRefused(batch: Batch, change: ScopeChange): InPieces<Batch> {
  try {
    return yield* redrafting(batch, change);
  } catch (thrown) {
    if (!(thrown instanceof DraftTooLarge)) throw thrown;
    throw new DeliveryError(thrown.message, { class: 'permanent', reason: 'metrics_too_large', local: true });
  }
}
