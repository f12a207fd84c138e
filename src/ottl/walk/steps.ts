import type { Batch } from '../../otlp/batch.js';
import type { SceneSource } from '../contexts/batch-scene.js';

/** Moves a scene over what a batch has at the level of its context. */
export interface Steps extends SceneSource {
  /** Moves before the first scene of a batch. */
  open(batch: Batch): void;
  /** Moves to the next scene; false behind the last one. */
  next(): boolean;
  /** Row of the item that is at or around the scene in the index of the batch; -1 above the items. */
  readonly itemRow: number;
  /** Lets go of the batch. */
  close(): void;
}
