import type { Consumer, RequestContext } from '../component/consumer.js';
import { passing } from '../component/reservation.js';
import type { Batch } from '../otlp/batch.js';

/** The entry of a pipeline that notes with each request through which of its receivers or connectors it came. */
export function noting(receiver: string, entry: Consumer): Consumer {
  const handOn = (batch: Batch, context: RequestContext, to: Pick<Consumer, 'consume'>): Promise<void> =>
    to.consume(batch, { ...context, receiver });
  return {
    consume: (batch, context) => handOn(batch, context, entry),
    reserve: (batch, context) => passing(entry.reserve?.(batch, { ...context, receiver }), handOn, () => {}),
  };
}
