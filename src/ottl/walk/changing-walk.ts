import type { Batch } from '../../otlp/batch.js';
import type { InPieces } from '../../otlp/work.js';
import { BatchScene } from '../contexts/batch-scene.js';
import type { ContextName } from '../contexts/contexts.js';
import type { ClientInfo } from '../scene.js';
import { EditingSteps } from './editing-steps.js';
import { moving, type Visit } from './moving.js';

/**
 * Runs statements at every scene of batches, one batch at a time: work on another one that begins between two pieces
 * needs a walk of its own.
 * ```
 * const changed = yield* walk.changing(batch, client, (scene) => statements.run(scene));
 * ```
 */
export class ChangingWalk {
  readonly #scene: BatchScene;
  readonly #steps: EditingSteps;

  constructor(context: ContextName) {
    this.#scene = new BatchScene(context);
    this.#steps = new EditingSteps(context, this.#scene);
  }

  /** Row of the item that is at or around the scene in the index of the batch; -1 above items. */
  get itemRow(): number {
    return this.#steps.itemRow;
  }

  /**
   * Calls `run` at every scene, in pieces of work. Returns the batch itself when nothing was changed, else a new one,
   * which the caller owns. When `run` throws, nothing of the batch is changed.
   */
  changing(batch: Batch, client: ClientInfo | undefined, run: (scene: BatchScene) => void): InPieces<Batch> {
    return this.changingInPieces(batch, client, (scene) => {
      run(scene);
      return undefined;
    });
  }

  /** The same where the work at one scene may be too long for a piece. */
  *changingInPieces(batch: Batch, client: ClientInfo | undefined, run: Visit): InPieces<Batch> {
    yield* moving(this.#scene, this.#steps, batch, client, run);
    return yield* this.#steps.finishing();
  }
}
