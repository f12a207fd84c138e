import type { Consumer } from '../component/consumer.js';
import { DeliveryError, failureOf, type Failure } from '../component/delivery-error.js';

/**
 * Hands each batch to several consumers, one after the other. Each is called even if an earlier one failed
 * (docs/spec/core.md#graph); the joined error can resume those that failed, with what they did not take. A single
 * consumer stands for itself.
 */
export function fanOut(consumers: readonly Consumer[]): Consumer {
  const [only] = consumers;
  if (only !== undefined && consumers.length === 1) return only;
  return {
    async consume(batch, context) {
      let failures: Failure[] | undefined;
      for (const consumer of consumers) {
        try {
          await consumer.consume(batch, context);
        } catch (error) {
          (failures ??= []).push(failureOf(error, batch, (rest, later) => consumer.consume(rest, later)));
        }
      }
      if (failures) throw DeliveryError.join(failures, 'any-permanent');
    },
  };
}
