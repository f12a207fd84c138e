import type { Consumer, RequestContext } from '../../component/consumer.js';
import { DeliveryError, failureOf, type Failure } from '../../component/delivery-error.js';
import type { ComponentLedger } from '../../component/ledger.js';
import type { Counter, Histogram } from '../../component/telemetry.js';
import type { Batch } from '../../otlp/batch.js';
import { splitByCount } from '../../otlp/parts/partition.js';

export interface Series {
  readonly size: Histogram;
  readonly bytes: Histogram;
  readonly bySize: Counter;
  readonly byTimeout: Counter;
}

export interface PassOn {
  /** 0: never cut. */
  readonly max: number;
  readonly next: Consumer;
  readonly books: ComponentLedger;
  readonly series: Series;
}

/** Nothing waits: the request goes on as it is, or in parts, and its sender gets what becomes of it. The items are on the books already. */
export async function passOn(batch: Batch, request: RequestContext, { max, next, books, series }: PassOn): Promise<void> {
  const parts = max > 0 && batch.signal !== 'profiles' ? splitByCount(batch, max, max) : [batch];
  books.held(batch.itemCount, 'batch');
  const failures: Failure[] = [];
  for (const part of parts) {
    let left = 0;
    try {
      await next.consume(part, request);
      series.size.record(part.itemCount);
      series.bytes.record(part.bytes.byteLength);
      series.bySize.add(1);
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
