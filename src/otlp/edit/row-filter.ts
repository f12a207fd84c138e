import type { Batch } from '../batch.js';
import type { InPieces } from '../work.js';
import { Changes, removed } from './changes.js';
import { encoding } from './encode.js';
import { Output } from './output.js';
import { Runs } from './runs.js';

/**
 * Leaves out items, scopes and resources of a batch by their rows in its index, whatever its signal. Scopes and
 * resources of which everything is left out go too.
 * ```
 * for (filter.open(batch), cursor.open(batch); cursor.next();)
 *   if (isUnwanted(cursor.item)) filter.removeItem(cursor.itemRow);
 * const rest = resultAtOnce(filter.finishing()); // `batch` itself when nothing was left out
 * ```
 */
export class RowFilter {
  readonly #changes: Changes = new Changes();
  readonly #runs: Runs = new Runs();
  #batch: Batch | undefined;

  /** Begins with a batch. The rows left out of another one are forgotten. */
  open(batch: Batch): void {
    this.#batch = batch;
    this.#changes.reset(batch.index);
  }

  /** Lets go of the batch. */
  close(): void {
    this.#batch = undefined;
  }

  removeItem(row: number): void {
    this.#changes.items[row] = removed;
  }

  removeScope(row: number): void {
    this.#changes.scopes[row] = removed;
  }

  removeResource(row: number): void {
    this.#changes.resources[row] = removed;
  }

  /**
   * Encodes what is left in pieces of work, and lets go of the batch. Returns the batch that was opened when nothing
   * was left out, else a new one, which the caller owns; it may have no items.
   */
  *finishing(): InPieces<Batch> {
    const batch = this.#batch;
    if (batch === undefined) throw new Error('no batch is open');
    let result = batch;
    if (this.#changes.some(batch.index))
      result = yield* encoding(batch, this.#changes, new Output(this.#runs, batch.bytes), () => 0);
    this.close();
    return result;
  }
}
