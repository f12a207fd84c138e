import type { Consumer } from '../../component/consumer.js';
import type { Connector } from '../../component/define.js';

/**
 * Hands every batch to the pipelines that name it as a receiver: the same bytes, and the response of those pipelines.
 */
export function createForward(next: Consumer): Connector {
  return {
    consume: (batch, context) => next.consume(batch, context),
    reserve: (batch, context) => next.reserve?.(batch, context),
  };
}
