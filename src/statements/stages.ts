import type { Batch } from '../otlp/batch.js';
import type { InPieces } from '../otlp/work.js';
import type { ClientInfo } from '../ottl/scene.js';

/** Makes another batch of one, or returns it as it is. */
export interface Stage {
  apply(batch: Batch, client: ClientInfo): InPieces<Batch>;
}

/**
 * One stage after the other: each sees what those before it have made. The batches in between are released, also when a
 * stage throws.
 */
export function* throughStages(stages: readonly Stage[], batch: Batch, client: ClientInfo): InPieces<Batch> {
  let current = batch;
  try {
    for (const stage of stages) {
      const made = yield* stage.apply(current, client);
      if (made === current) continue;
      if (current !== batch) current.release();
      current = made;
    }
  } catch (error) {
    if (current !== batch) current.release();
    throw error;
  }
  return current;
}
