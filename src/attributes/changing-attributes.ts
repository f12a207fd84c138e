import { changing } from '../component/changing.js';
import type { Consumer, RequestContext } from '../component/consumer.js';
import type { PipelineContext, Processor } from '../component/define.js';
import { DeliveryError } from '../component/delivery-error.js';
import type { Batch } from '../otlp/batch.js';
import { GrowthError } from '../otlp/edit/extended-bytes.js';
import { visitedAtOnce, type InPieces } from '../otlp/work.js';

/** Why a batch is refused; the sentence is for the component's `telemetry.reasons`. */
export const reasons: Readonly<Record<'too_large', string>> = {
  too_large:
    'The new attributes would make the batch more than five times as large, and larger than 64 MiB, or an item has ' +
    'more than 131,072 attributes.',
};

/** Changes attributes of batches; made once for each batch that others are changed between. */
export interface AttributeChanges {
  /** Another batch, or the same when nothing was changed. */
  changing(batch: Batch, request: RequestContext): InPieces<Batch>;
}

/** A processor that changes attributes: it keeps every item. */
export function changingAttributes(context: PipelineContext, next: Consumer, make: () => AttributeChanges): Processor {
  const { ledger, signal } = context;
  const books = ledger.component(context.id, signal);
  const usual = make();
  return changing({
    next,
    books,
    // An item may have many attributes.
    isLarge: ({ bytes }) => bytes.length > visitedAtOnce,
    *change(batch, large, request) {
      // Between the pieces of a large batch others are changed.
      const changed = yield* refusing((large ? make() : usual).changing(batch, request));
      return { batch: changed, book: () => books.in(batch.itemCount) };
    },
  });
}

function* refusing(work: InPieces<Batch>): InPieces<Batch> {
  try {
    return yield* work;
  } catch (error) {
    if (!(error instanceof GrowthError)) throw error;
    throw new DeliveryError(error.message, { class: 'permanent', reason: 'too_large', local: true, cause: error });
  }
}
