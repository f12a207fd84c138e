import type { Batch } from '../otlp/batch.js';
import type { InPieces } from '../otlp/work.js';
import { changing } from './changing.js';
import type { Consumer, RequestContext } from './consumer.js';
import { deliveredOf, DeliveryError } from './delivery-error.js';
import { handOn } from './hand-on.js';
import type { ComponentLedger } from './ledger.js';

export interface Converting {
  readonly next: Consumer;
  /** Of the items that are consumed. */
  readonly books: ComponentLedger;
  /** Of the items that are made. */
  readonly made: ComponentLedger;
  /**
   * Makes a batch of other items; undefined: there is nothing to make. `large`: others are converted between the
   * pieces. A `DeliveryError` that it throws refuses the whole batch.
   */
  convert(batch: Batch, large: boolean, context: RequestContext): InPieces<Batch | undefined>;
}

/**
 * A connector that hands on other items, such as metrics, in place of those that it consumes, and returns the outcome
 * to the sender. Items that the next component refuses are handed to it again, so that nothing is counted twice by a
 * caller that resumes.
 */
export function converting({ next, books, made, convert }: Converting): Required<Consumer> {
  return changing({
    next,
    books,
    *change(batch, large, context) {
      const result = yield* convert(batch, large, context);
      const book = (): void => {
        books.in(batch.itemCount);
        if (result) made.created(result.itemCount);
        else books.out(batch.itemCount);
      };
      return { batch: result, book };
    },
    async handOn(result, { itemCount: items }, context, to) {
      books.held(items, 'passing');
      try {
        // A backend's answer about the items that were made is not for the sender of others.
        await handOn(result, { ...context, partial: undefined }, to, made);
        books.out(items);
      } catch (thrown) {
        const error = DeliveryError.from(thrown);
        books.returned(items, error.reason);
        throw ofConsumed(error, result, { next, books, made, items });
      } finally {
        books.held(-items, 'passing');
      }
    },
  });
}

interface Conversion extends Pick<Converting, 'next' | 'books' | 'made'> {
  /** Items that were consumed. */
  readonly items: number;
}

/**
 * The failure of what was made as one of what it was made of: a part of that cannot be named, so that all of it
 * remains, and is resumed with what is left of what was made.
 */
function ofConsumed(error: DeliveryError, result: Batch, conversion: Conversion): DeliveryError {
  const rest = error.remaining ?? result;
  const again = (later: RequestContext): Promise<void> => resume(rest, later, conversion);
  return new DeliveryError(error.message, {
    ...error,
    remaining: undefined,
    resume: error.resume ?? again,
    delivered: deliveredOf(error, result.itemCount),
    cause: error,
  });
}

async function resume(rest: Batch, context: RequestContext, conversion: Conversion): Promise<void> {
  const { next, books, made, items } = conversion;
  books.in(items);
  made.in(rest.itemCount);
  try {
    await handOn(rest, context, next, made);
    books.out(items);
  } catch (thrown) {
    const error = DeliveryError.from(thrown);
    books.returned(items, error.reason);
    throw ofConsumed(error, rest, conversion);
  }
}
