import type { Consumer, RequestContext } from '../../component/consumer.js';
import { DeliveryError, failureOf, type Failure } from '../../component/delivery-error.js';
import type { ComponentLedger } from '../../component/ledger.js';
import { resultInTurns, turnFor } from '../../component/turn.js';
import type { Batch } from '../../otlp/batch.js';
import { isLarge } from '../../otlp/large.js';
import { cuttingByCount } from '../../otlp/parts/partition.js';
import { pieceBytes, resultAtOnce } from '../../otlp/work.js';
import { recordSent, type BatchSeries } from './telemetry.js';

export interface PassOn {
  /** 0: never cut. */
  readonly max: number;
  readonly next: Pick<Consumer, 'consume'>;
  readonly books: ComponentLedger;
  readonly series: BatchSeries;
}

/** Nothing waits: the request goes on as it is, or in parts, and its outcome is returned to the sender. */
export async function passOn(
  batch: Batch,
  request: RequestContext,
  { max, next, books, series }: PassOn,
): Promise<void> {
  // Each part repeats the resource of its items: they are made one by one, as they are sent.
  const most = batch.signal === 'profiles' ? 0 : max;
  const large = most > 0 && batch.itemCount > most && isLarge(batch);
  const cutting = cuttingByCount(batch, most, most);
  const cut = large ? await resultInTurns(cutting) : resultAtOnce(cutting);
  books.in(batch.itemCount);
  books.held(batch.itemCount, 'batch');
  const failures: Failure[] = [];
  for (let i = 0; i < cut.count; i++) {
    if (large) await turnFor(pieceBytes);
    const part = cut.part(i);
    let left = 0;
    try {
      await next.consume(part, request);
      recordSent(series, part, 'size');
    } catch (error) {
      const failure = failureOf(error, part, (rest, later) => next.consume(rest, later));
      failures.push(failure);
      left = (failure.error.remaining ?? part).itemCount;
      books.returned(left, failure.error.reason);
    }
    if (left < part.itemCount) books.out(part.itemCount - left);
    books.held(-part.itemCount, 'batch');
  }
  if (failures.length > 0) throw DeliveryError.join(failures, 'any-retryable');
}
