import type { Consumer, RequestContext } from '../../component/consumer.js';
import { DeliveryError } from '../../component/delivery-error.js';
import type { ComponentLedger } from '../../component/ledger.js';
import type { Counter, Histogram } from '../../component/telemetry.js';
import type { Batch } from '../../otlp/batch.js';
import { merge } from '../../otlp/parts/merge.js';
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
  const refused: Batch[] = [];
  const errors: DeliveryError[] = [];
  for (const part of parts) {
    let left = 0;
    try {
      await next.consume(part, request);
      series.size.record(part.itemCount);
      series.bytes.record(part.bytes.byteLength);
      series.bySize.add(1);
    } catch (failure) {
      const error =
        failure instanceof DeliveryError
          ? failure
          : new DeliveryError(String(failure), { class: 'permanent', reason: 'internal_error', cause: failure });
      errors.push(error);
      refused.push(error.remaining ?? part);
      left = (error.remaining ?? part).itemCount;
      books.returned(left, error.reason);
    }
    if (left < part.itemCount) books.out(part.itemCount - left);
    books.held(-part.itemCount, 'batch');
  }
  const [first] = errors;
  if (first === undefined) return;
  if (parts.length === 1) throw first;
  const worst = errors.find((error) => error.class === 'retryable') ?? first;
  throw new DeliveryError(worst.message, {
    class: worst.class,
    reason: worst.reason,
    status: worst.status,
    retryAfterMs: worst.retryAfterMs,
    local: worst.local,
    remaining: merge(refused),
    cause: worst,
  });
}
