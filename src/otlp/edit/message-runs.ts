import type { MessageFields } from '../view/message-fields.js';
import { skipValue, tagAt, varintEnd } from '../wire/varint.js';
import type { Overlay } from './overlay.js';

/**
 * The bytes of one message as a list of runs in the overlay, in which fields are found and replaced: a change cuts out
 * the run of a field and sets another one in, so that all other bytes stay as they are.
 */
export abstract class MessageRuns {
  protected readonly overlay: Overlay;
  /** The runs of the message; 0 while it is `[from, to)`. */
  protected list = 0;
  protected from = 0;
  protected to = 0;
  /** The field that was found last: its run, bounds with tag, where its value begins, and its number. */
  protected run = 0;
  protected start = 0;
  protected body = 0;
  protected end = 0;
  protected number = 0;
  #next = 0;

  constructor(overlay: Overlay) {
    this.overlay = overlay;
  }

  /** Moves fields of a view to the message as it is now. */
  protected show(fields: MessageFields): void {
    const { overlay, list } = this;
    if (list === 0) fields.move(overlay.backing, this.from, this.to);
    else overlay.show(list, fields);
  }

  /** Moves the search before the first field. */
  protected rewind(): void {
    const { runs } = this.overlay;
    this.run = this.list === 0 ? 0 : runs.first(this.list);
    this.#next = this.run === 0 ? this.from : runs.from(this.run);
  }

  /** Moves the search behind `offset` within a run. */
  protected resume(run: number, offset: number): void {
    this.run = run;
    this.#next = offset;
  }

  /** Finds the next field whose number is in a mask. */
  protected find(mask: number): boolean {
    const { list } = this;
    const { runs } = this.overlay;
    if (list === 0) return this.#findBefore(this.to, mask);
    while (this.run !== 0) {
      if (this.#findBefore(runs.to(this.run), mask)) return true;
      this.run = runs.next(this.run);
      if (this.run !== 0) this.#next = runs.from(this.run);
    }
    return false;
  }

  /** Sets a run in place of the field that was found; an empty one removes it. The search goes on behind it. */
  protected replace(from: number, to: number): void {
    const own = this.apart(this.run, this.start, this.end);
    this.overlay.runs.move(own, from, to);
    this.resume(own, to);
  }

  /** Gives `[start, end)` within a run a run of its own, and returns that; run 0: found while there was no list. */
  protected apart(run: number, start: number, end: number): number {
    const { runs } = this.overlay;
    this.#list();
    return runs.replace(this.list, run === 0 ? this.#runAt(start) : run, start, end, start, end);
  }

  /** Adds a run at the end and returns its number. */
  protected append(from: number, to: number): number {
    this.#list();
    return this.overlay.runs.append(this.list, from, to);
  }

  /** Adds the runs of the message to a new list. */
  protected fill(list: number): void {
    if (this.to > this.from) this.overlay.runs.append(list, this.from, this.to);
  }

  /** Adds a further piece to a message that is not changed yet. */
  protected addPiece(from: number, to: number): void {
    if (this.to === 0) {
      this.from = from;
      this.to = to;
    } else this.append(from, to);
  }

  /** Makes a list of the message. */
  #list(): void {
    if (this.list !== 0) return;
    this.list = this.overlay.runs.create();
    this.fill(this.list);
  }

  /** Finds the next field before `to`, the end of a run. */
  #findBefore(to: number, mask: number): boolean {
    const { bytes } = this.overlay.backing;
    for (let at = this.#next; at < to;) {
      const start = at;
      const tag = tagAt(bytes, at);
      at = varintEnd(bytes, at);
      const body = tag % 8 === 2 ? varintEnd(bytes, at) : at;
      at = skipValue(bytes, at, tag % 8);
      if (tag >= 256 || ((mask >>> (tag >> 3)) & 1) === 0) continue;
      this.start = start;
      this.body = body;
      this.end = this.#next = at;
      this.number = tag >> 3;
      return true;
    }
    this.#next = to;
    return false;
  }

  /** The run in which an offset lies. */
  #runAt(offset: number): number {
    const { runs } = this.overlay;
    let run = runs.first(this.list);
    while (run !== 0 && (offset < runs.from(run) || offset >= runs.to(run))) run = runs.next(run);
    return run;
  }
}
