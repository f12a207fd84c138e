import type { Batch } from '../otlp/batch.js';
import type { Consumer, RequestContext } from './consumer.js';
import { DeliveryError, failureOf } from './delivery-error.js';
import type { ComponentLedger } from './ledger.js';

/**
 * The last step of a processor: hands items that are in its books to the next consumer and books how they ended, as out
 * or as returned. While `next` has them they are held as `passing`. Rejects with a `DeliveryError` whose `remaining` is
 * set: `batch` may be a part of the batch that the processor was handed, so that "all of it" would name items that were
 * dropped or have been delivered.
 */
export async function handOn(
  batch: Batch,
  context: RequestContext,
  next: Pick<Consumer, 'consume'>,
  books: ComponentLedger,
): Promise<void> {
  const items = batch.itemCount;
  books.held(items, 'passing');
  let left = 0;
  try {
    await next.consume(batch, context);
  } catch (thrown) {
    const failure = failureOf(thrown, batch);
    const { error } = failure;
    left = (error.remaining ?? batch).itemCount;
    books.returned(left, error.reason);
    throw error.remaining ? error : DeliveryError.join([failure], 'any-retryable');
  } finally {
    books.held(-items, 'passing');
    if (left < items) books.out(items - left);
  }
}

/**
 * `handOn` for what a processor has made of a request: a retry hands the remaining items to `next`, past the processor,
 * as they are changed already. `to`: `next`, or the room that was reserved there; `gone`: items of the request that are
 * not in `made`.
 */
export async function handOnMade(
  made: Batch,
  context: RequestContext,
  to: Pick<Consumer, 'consume'>,
  { next, books }: { readonly next: Consumer; readonly books: ComponentLedger },
  gone: number,
): Promise<void> {
  try {
    await handOn(made, context, to, books);
  } catch (thrown) {
    const error = DeliveryError.from(thrown);
    const rest = error.remaining ?? made;
    const again = (later: RequestContext): Promise<void> => {
      books.in(rest.itemCount);
      return handOnMade(rest, later, next, { next, books }, 0);
    };
    throw error.resumedBy(error.resume ?? again, gone);
  }
}
