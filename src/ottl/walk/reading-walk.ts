import type { Batch } from '../../otlp/batch.js';
import type { InPieces } from '../../otlp/work.js';
import { BatchScene } from '../contexts/batch-scene.js';
import type { ContextName } from '../contexts/contexts.js';
import type { ClientInfo } from '../scene.js';
import { moving } from './moving.js';
import { ReadingSteps } from './reading-steps.js';

/**
 * Looks at every scene of batches, one batch at a time, without changing them.
 * ```
 * yield* walk.reading(batch, client, (scene) => { if (condition.get(scene)) count(walk.itemRow); });
 * ```
 */
export class ReadingWalk {
  readonly #scene: BatchScene;
  readonly #steps: ReadingSteps;

  constructor(context: ContextName) {
    this.#scene = new BatchScene(context);
    this.#steps = new ReadingSteps(context, this.#scene);
  }

  /** Row of the resource that is at or around the scene in the index of the batch. */
  get resourceRow(): number {
    return this.#steps.resourceRow;
  }

  /** Row of the scope; of no meaning above scopes, as that of an item above items. */
  get scopeRow(): number {
    return this.#steps.scopeRow;
  }

  get itemRow(): number {
    return this.#steps.itemRow;
  }

  /** Calls `visit` at every scene, in pieces of work. */
  reading(batch: Batch, client: ClientInfo | undefined, visit: (scene: BatchScene) => void): InPieces<void> {
    return moving(this.#scene, this.#steps, batch, client, (scene) => {
      visit(scene);
      return undefined;
    });
  }
}
