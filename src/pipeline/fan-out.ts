import type { Consumer, RequestContext } from '../component/consumer.js';
import { DeliveryError } from '../component/delivery-error.js';
import type { Batch } from '../otlp/batch.js';

/**
 * Hands each batch to several consumers, one after the other. Each is called even if an earlier one failed; the errors
 * are joined into one (docs/spec/core.md#graph). A single consumer stands for itself.
 */
export function fanOut(consumers: readonly Consumer[]): Consumer {
  const [only] = consumers;
  if (only !== undefined && consumers.length === 1) return only;
  return {
    consume: (batch, context) =>
      callAll(
        consumers.map((consumer) => (again) => consumer.consume(batch, again)),
        consumers,
        batch,
        context,
      ),
  };
}

type Call = (context: RequestContext) => Promise<void>;

async function callAll(calls: readonly Call[], consumers: readonly Consumer[], batch: Batch, context: RequestContext): Promise<void> {
  let errors: unknown[] | undefined;
  const missed: Call[] = [];
  const missedBy: Consumer[] = [];
  for (const [i, call] of calls.entries()) {
    try {
      await call(context);
    } catch (error) {
      (errors ??= []).push(error);
      const consumer = consumers[i];
      if (!consumer) continue;
      const known = error instanceof DeliveryError ? error : undefined;
      // A branch gets again only what it did not take; the others nothing.
      missed.push(known?.resume ?? ((later) => consumer.consume(known?.remaining ?? batch, later)));
      missedBy.push(consumer);
    }
  }
  if (errors !== undefined) throw joined(errors, (later) => callAll(missed, missedBy, batch, later));
}

function joined(errors: readonly unknown[], resume: Call): DeliveryError {
  const [first] = errors;
  const known = errors.filter((error) => error instanceof DeliveryError);
  const permanent = known.length < errors.length || known.some((error) => error.class === 'permanent');
  const waits = known.map((error) => error.retryAfterMs).filter((ms) => ms !== undefined);
  return new DeliveryError(errors.map((error) => (error instanceof Error ? error.message : String(error))).join('; '), {
    class: permanent ? 'permanent' : 'retryable',
    reason: known[0]?.reason ?? 'internal_error',
    status: known.find((error) => error.status !== undefined)?.status,
    retryAfterMs: waits.length > 0 ? Math.max(...waits) : undefined,
    local: known.length > 0 && known.every((error) => error.local),
    resume,
    cause: first,
  });
}
