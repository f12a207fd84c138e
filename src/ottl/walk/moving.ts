import type { Batch } from '../../otlp/batch.js';
import { pieceBytes, type InPieces } from '../../otlp/work.js';
import type { BatchScene } from '../contexts/batch-scene.js';
import type { ClientInfo } from '../scene.js';
import type { Steps } from './steps.js';

/** Scenes of one piece of work: some milliseconds of a few statements each. */
const scenesAtOnce = 2048;

/** Is called at a scene. Work on it that is too long for one piece is returned, and done before the next scene. */
export type Visit = (scene: BatchScene) => InPieces<void> | undefined;

/**
 * Moves a scene over a batch and calls `visit` at each step. Yields after each piece of work. When `visit` throws, or
 * the work is given up, the batch is let go of with all that was changed in it.
 */
export function* moving(
  scene: BatchScene,
  steps: Steps,
  batch: Batch,
  client: ClientInfo | undefined,
  visit: Visit,
): InPieces<void> {
  const { index } = batch;
  let isDone = false;
  let scenes = 0;
  let from = 0;
  try {
    steps.open(batch);
    scene.source = steps;
    scene.client = client;
    while (steps.next()) {
      const at = steps.itemRow < 0 ? 0 : index.itemTo(steps.itemRow);
      if (++scenes >= scenesAtOnce || at - from > pieceBytes) {
        yield;
        scenes = 0;
        from = at;
      }
      scene.moved();
      const rest = visit(scene);
      if (rest) yield* rest;
    }
    isDone = true;
  } finally {
    scene.left();
    if (!isDone) steps.close();
  }
}
