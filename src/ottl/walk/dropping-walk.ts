import type { Batch } from '../../otlp/batch.js';
import { RowFilter } from '../../otlp/edit/row-filter.js';
import type { InPieces } from '../../otlp/work.js';
import { BatchScene } from '../contexts/batch-scene.js';
import type { ContextName } from '../contexts/contexts.js';
import type { ClientInfo } from '../scene.js';
import { EditingSteps } from './editing-steps.js';
import { walkLevel } from './level.js';
import { moving } from './moving.js';
import { ReadingSteps } from './reading-steps.js';

/**
 * Drops what a condition accepts from batches, one batch at a time: resources, scopes, items, or parts of items. A
 * metric, scope or resource of which all is dropped goes too; a span without its events stays.
 */
export interface DroppingWalk {
  /**
   * Calls `matches` at every scene, in pieces of work. Returns the batch itself when nothing was dropped, else a new
   * one, which the caller owns; it may have no items. When `matches` throws, the batch stays as it is.
   */
  dropping(batch: Batch, client: ClientInfo | undefined, matches: (scene: BatchScene) => boolean): InPieces<Batch>;
}

export function droppingWalk(context: ContextName): DroppingWalk {
  const level = walkLevel[context];
  if (level === 'exemplar') throw new TypeError('exemplars cannot be dropped');
  return level === 'part' ? new PartDropping(context) : new RowDropping(context);
}

class RowDropping implements DroppingWalk {
  readonly #scene: BatchScene;
  readonly #steps: ReadingSteps;
  readonly #filter: RowFilter = new RowFilter();
  readonly #drop: () => void;

  constructor(context: ContextName) {
    this.#scene = new BatchScene(context);
    const steps = new ReadingSteps(context, this.#scene);
    const filter = this.#filter;
    this.#steps = steps;
    switch (walkLevel[context]) {
      case 'resource':
        this.#drop = () => filter.removeResource(steps.resourceRow);
        break;
      case 'scope':
        this.#drop = () => filter.removeScope(steps.scopeRow);
        break;
      default:
        this.#drop = () => filter.removeItem(steps.itemRow);
    }
  }

  *dropping(batch: Batch, client: ClientInfo | undefined, matches: (scene: BatchScene) => boolean): InPieces<Batch> {
    this.#filter.open(batch);
    yield* moving(this.#scene, this.#steps, batch, client, (scene) => {
      if (matches(scene)) this.#drop();
      return undefined;
    });
    return yield* this.#filter.finishing();
  }
}

class PartDropping implements DroppingWalk {
  readonly #filter: RowFilter = new RowFilter();
  readonly #scene: BatchScene;
  readonly #steps: EditingSteps;

  constructor(context: ContextName) {
    this.#scene = new BatchScene(context);
    this.#steps = new EditingSteps(context, this.#scene);
  }

  *dropping(batch: Batch, client: ClientInfo | undefined, matches: (scene: BatchScene) => boolean): InPieces<Batch> {
    yield* moving(this.#scene, this.#steps, batch, client, (scene) => {
      if (matches(scene)) this.#steps.removePart();
      return undefined;
    });
    const rest = yield* this.#steps.finishing();
    if (batch.signal !== 'metrics') return rest;
    const withoutEmpty = yield* this.#withoutEmpty(rest);
    if (withoutEmpty !== rest && rest !== batch) rest.release();
    return withoutEmpty;
  }

  /** Without the metrics that came without data points: they go as those do of which all points are dropped. */
  *#withoutEmpty(batch: Batch): InPieces<Batch> {
    const { index } = batch;
    const filter = this.#filter;
    filter.open(batch);
    for (let row = 0; row < index.itemCount; row++) if (index.pointCount(row) === 0) filter.removeItem(row);
    return yield* filter.finishing();
  }
}
