import type { Consumer } from '../../component/consumer.js';
import type { Connector } from '../../component/define.js';
import { passing } from '../../component/reservation.js';

/**
 * Hands each batch as a whole to the next of `outputs`, the first one to the second of them, as the Collector does.
 * Batches that an output refuses are returned (docs/spec/gateway.md#round-robin-forward-count).
 */
export function createRoundRobin(outputs: readonly Consumer[]): Connector {
  let last = 0;
  const next = (): number => (last + 1) % outputs.length;
  const at = (index: number): Consumer => {
    const output = outputs[index];
    if (!output) throw new Error('there is no pipeline to choose');
    return output;
  };
  const take = (): Consumer => at((last = next()));
  return {
    consume: (batch, context) => take().consume(batch, context),
    // The turn is over when the batch is handed on or refused: room that is given back does not use it up.
    reserve: (batch, context) =>
      passing(
        at(next()).reserve?.(batch, context),
        (same, from, room) => {
          last = next();
          return room.consume(same, from);
        },
        () => void (last = next()),
      ),
  };
}
