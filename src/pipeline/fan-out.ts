import type { Consumer, RequestContext } from '../component/consumer.js';
import { DeliveryError } from '../component/delivery-error.js';
import type { Batch } from '../otlp/batch.js';

/**
 * Hands each batch to several consumers, one after the other. Each is called even if an earlier one failed; the errors
 * are joined into one (spec core 5). A single consumer stands for itself.
 */
export function fanOut(consumers: readonly Consumer[]): Consumer {
  const [only] = consumers;
  if (only !== undefined && consumers.length === 1) return only;
  return {
    async consume(batch: Batch, context: RequestContext): Promise<void> {
      let errors: unknown[] | undefined;
      for (const consumer of consumers) {
        try {
          await consumer.consume(batch, context);
        } catch (error) {
          (errors ??= []).push(error);
        }
      }
      if (errors !== undefined) throw joined(errors);
    },
  };
}

function joined(errors: readonly unknown[]): unknown {
  const [first] = errors;
  if (errors.length === 1) {
    // What one branch did not take, the others did: only the message may travel, not the part.
    return first;
  }
  const known = errors.filter((error) => error instanceof DeliveryError);
  const permanent = known.length < errors.length || known.some((error) => error.class === 'permanent');
  const waits = known.map((error) => error.retryAfterMs).filter((ms) => ms !== undefined);
  return new DeliveryError(errors.map((error) => (error instanceof Error ? error.message : String(error))).join('; '), {
    class: permanent ? 'permanent' : 'retryable',
    reason: known[0]?.reason ?? 'internal_error',
    status: known.find((error) => error.status !== undefined)?.status,
    retryAfterMs: waits.length > 0 ? Math.max(...waits) : undefined,
    ours: known.length > 0 && known.every((error) => error.ours),
    cause: first,
  });
}
