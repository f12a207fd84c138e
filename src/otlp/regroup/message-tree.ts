import { Batch } from '../batch.js';
import type { InPieces } from '../work.js';
import { at32 } from '../wire/at.js';
import { withRoom } from '../wire/numbers.js';
import { varintSize, writeVarint } from '../wire/varint.js';
import type { AddedBytes } from './added-bytes.js';

/** Columns of a message: see `MessageTree`. */
const width = 8;
const parentColumn = 0;
const tagColumn = 1;
/** Bytes of its body. */
const bodyColumn = 2;
const firstChild = 3;
const lastChild = 4;
const nextSibling = 5;
const firstRun = 6;
const lastRun = 7;

/** Columns of a run: from, to, next run. */
const runWidth = 3;
/** Messages and runs that are written at once: some milliseconds. */
const writtenAtOnce = 1 << 15;

/**
 * A request that is put together from runs of another one. A message is a number: it has runs of bytes, which are its
 * own fields and whole messages in it, and behind them further messages of the tree. All of it lies in two arrays, so
 * that an item costs no object; runs that follow each other in the bytes are one.
 */
export class MessageTree {
  /** The request itself. */
  static readonly root = 0;
  readonly #bytes: AddedBytes;
  #messages: Int32Array = new Int32Array(width * 64);
  #runs: Int32Array = new Int32Array(runWidth * 256);
  #runCount = 0;
  count = 0;

  constructor(bytes: AddedBytes) {
    this.#bytes = bytes;
    this.add(-1, 0);
  }

  /** Adds a message at the end of another one. */
  add(parent: number, tag: number): number {
    const message = this.count++;
    this.#messages = withRoom(this.#messages, this.count * width);
    const messages = this.#messages;
    const row = message * width;
    messages.fill(-1, row, row + width);
    messages[row + parentColumn] = parent;
    messages[row + tagColumn] = tag;
    messages[row + bodyColumn] = 0;
    if (parent < 0) return message;
    const last = at32(messages, parent * width + lastChild);
    if (last < 0) messages[parent * width + firstChild] = message;
    else messages[last * width + nextSibling] = message;
    messages[parent * width + lastChild] = message;
    return message;
  }

  /** Adds a run to a message: some of its fields, or messages in it, with their tags. */
  addRun(message: number, from: number, to: number): void {
    if (from === to) return;
    const messages = this.#messages;
    const row = message * width;
    messages[row + bodyColumn] = at32(messages, row + bodyColumn) + to - from;
    const last = at32(messages, row + lastRun);
    if (last >= 0 && at32(this.#runs, last * runWidth + 1) === from) {
      this.#runs[last * runWidth + 1] = to;
      return;
    }
    const run = this.#runCount++;
    this.#runs = withRoom(this.#runs, this.#runCount * runWidth);
    this.#runs[run * runWidth] = from;
    this.#runs[run * runWidth + 1] = to;
    this.#runs[run * runWidth + 2] = -1;
    if (last < 0) messages[row + firstRun] = run;
    else this.#runs[last * runWidth + 2] = run;
    messages[row + lastRun] = run;
  }

  /** The message that a message is in. */
  parent(message: number): number {
    return at32(this.#messages, message * width + parentColumn);
  }

  tag(message: number): number {
    return at32(this.#messages, message * width + tagColumn);
  }

  /** Writes the request in pieces of work, to memory of the buffer pool. */
  *encoding(): InPieces<Buffer> {
    const messages = this.#messages;
    // A message comes behind the one that it is in.
    for (let message = this.count - 1; message > MessageTree.root; message--) {
      const row = message * width;
      const place = at32(messages, row + parentColumn) * width + bodyColumn;
      const body = at32(messages, row + bodyColumn);
      messages[place] = at32(messages, place) + varintSize(at32(messages, row + tagColumn)) + varintSize(body) + body;
      if (message % writtenAtOnce === 0) yield;
    }
    const out = Batch.allocate(at32(messages, bodyColumn));
    let at = 0;
    let written = 0;
    for (let message: number = MessageTree.root; message >= 0; message = this.#following(message)) {
      const row = message * width;
      if (message !== MessageTree.root) {
        at = writeVarint(out, at, at32(messages, row + tagColumn));
        at = writeVarint(out, at, at32(messages, row + bodyColumn));
      }
      for (let run = at32(messages, row + firstRun); run >= 0; run = at32(this.#runs, run * runWidth + 2)) {
        at = this.#bytes.copy(at32(this.#runs, run * runWidth), at32(this.#runs, run * runWidth + 1), out, at);
        if (++written % writtenAtOnce === 0) yield;
      }
      if (++written % writtenAtOnce === 0) yield;
    }
    return out;
  }

  /** The message that is written next; -1 behind the last one. */
  #following(message: number): number {
    const messages = this.#messages;
    const child = at32(messages, message * width + firstChild);
    if (child >= 0) return child;
    for (let at = message; at > MessageTree.root; at = this.parent(at)) {
      const next = at32(messages, at * width + nextSibling);
      if (next >= 0) return next;
    }
    return -1;
  }
}
