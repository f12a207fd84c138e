import type { Batch } from '../../otlp/batch.js';
import type { ItemContext } from './compile-route.js';

/**
 * The units of a batch (spans, data points, log records) that belong to a scene, as the scenes of a walk are passed one
 * after the other.
 */
export class UnitRange {
  readonly #context: ItemContext;
  #batch: Batch | undefined;
  /** Bounds of the units. */
  from = 0;
  to = 0;
  /** The row whose first unit is `#unit`. */
  #row = 0;
  #unit = 0;
  #resource = -1;
  #item = -1;

  constructor(context: ItemContext) {
    this.#context = context;
  }

  /** Moves before the first scene of a batch. */
  open(batch: Batch): void {
    this.#batch = batch;
    this.from = this.to = this.#row = this.#unit = 0;
    this.#resource = this.#item = -1;
  }

  close(): void {
    this.#batch = undefined;
  }

  /** Moves to the next scene; `itemRow` is the row of its item, of no meaning for a resource. */
  next(itemRow: number): void {
    const { index } = this.#opened;
    switch (this.#context) {
      case 'resource':
        this.#resource++;
        this.from = this.#unitOf(index.firstItem(index.firstScope(this.#resource)));
        this.to = this.#unitOf(index.firstItem(index.firstScope(this.#resource + 1)));
        return;
      case 'datapoint':
        if (itemRow === this.#item) this.from = Math.min(this.from + 1, this.#unitOf(itemRow) + this.#units(itemRow));
        else this.from = this.#unitOf(itemRow);
        this.#item = itemRow;
        this.to = Math.min(this.from + 1, this.#unitOf(itemRow) + this.#units(itemRow));
        return;
      default:
        this.from = this.#unitOf(itemRow);
        this.to = this.from + this.#units(itemRow);
    }
  }

  /** The first unit of a row that is not before the last one asked for. */
  #unitOf(row: number): number {
    const batch = this.#opened;
    if (batch.signal === 'traces' || batch.signal === 'logs') return row;
    for (; this.#row < row; this.#row++) this.#unit += this.#units(this.#row);
    return this.#unit;
  }

  #units(row: number): number {
    return this.#opened.unitsIn(row, row + 1);
  }

  get #opened(): Batch {
    if (this.#batch === undefined) throw new Error('the range is in no batch');
    return this.#batch;
  }
}
