import { at32 } from '../wire/at.js';
import { MessageEditor } from './message-editor.js';

const none: Int32Array = new Int32Array(0);

/** Changes the message of a row of a batch's index: an item, or a scope or resource without the rows below it. */
export class RowEditor extends MessageEditor {
  /** Where the list of each row is noted. */
  #table: Int32Array = none;
  #row = 0;
  /** Bounds of the rows below, in rows of 4, and which of them are this row's. */
  #below: Int32Array = none;
  #firstBelow = 0;
  #lastBelow = 0;

  /** Moves to the message of a row; `table[row]` is its list, 0 while it was not changed. */
  open(message: number, table: Int32Array, row: number, from: number, to: number): void {
    this.begin('row', message);
    this.#table = table;
    this.#row = row;
    this.#below = none;
    this.from = from;
    this.to = to;
    this.list = at32(table, row);
    this.refresh();
  }

  /** The rows below the row that was opened, from `first` up to `last`: no fields of it here. */
  leaveOut(rows: Int32Array, first: number, last: number): void {
    this.#below = rows;
    this.#firstBelow = first;
    this.#lastBelow = last;
  }

  /** Sets the message to a list of runs. */
  protected become(list: number): void {
    this.begin('row', this.message);
    this.list = list;
    this.note();
  }

  protected override fill(list: number): void {
    const { runs } = this.overlay;
    let { from } = this;
    for (let row = this.#firstBelow * 4; row < this.#lastBelow * 4 && this.#below !== none; row += 4) {
      const to = at32(this.#below, row);
      if (to > from) runs.append(list, from, to);
      from = at32(this.#below, row + 2);
    }
    if (this.to > from) runs.append(list, from, this.to);
  }

  protected override note(): void {
    this.#table[this.#row] = this.list;
  }
}
