import type { Disk } from './disk.js';
import { frameLength, headBytes, markerBytes, readHead, readTable, type FoundOperation } from './frame.js';

/** Bytes that are read at a time, and searched in one turn of the event loop. */
const windowBytes = 256 << 10;
/** Bytes that are read at a time where frames are long: the next one begins behind them. */
const headWindowBytes = 4 << 10;

/** A part of a segment, in order. Ranges are bytes of the file. */
export type Found =
  | { readonly kind: 'frame'; readonly end: number; readonly operations: readonly FoundOperation[] }
  /** Bytes in which no frame could be recognised. */
  | { readonly kind: 'damage'; readonly from: number; readonly to: number }
  /** The file ends within a frame; the keys are known when that much of it is there. */
  | { readonly kind: 'unfinished'; readonly from: number; readonly operations: readonly FoundOperation[] };

/**
 * The frames of a segment of `size` bytes. Values are not read: each is checked when it is asked for. Behind damage the
 * next marker is looked for, so that only damaged frames are lost.
 */
export async function* scanSegment(
  disk: Disk,
  file: number,
  size: number,
  marker: Uint8Array,
): AsyncGenerator<Found, void> {
  const window = new Window(disk, file, size);
  /** Bytes that may still be read for tables that turn out to be none. */
  let patience = 4 * size;
  let at = 0;
  while (at < size) {
    const head = await window.bytes(at, headBytes);
    if (head.length < headBytes && isBeginOf(head, marker)) return yield unfinished(at);
    const numbers = head.length < headBytes ? undefined : readHead(head, marker);
    if (numbers) {
      const end = at + frameLength(numbers);
      const tableLength = numbers.operations + numbers.table;
      const isThere = at + headBytes + tableLength <= size && tableLength <= patience;
      const table = isThere ? await window.bytes(at + headBytes, tableLength) : undefined;
      const operations = table && readTable(head, numbers, table, at);
      if (operations && end <= size) {
        yield { kind: 'frame', end, operations };
        window.readAhead = end - at > windowBytes / 4 ? headWindowBytes : windowBytes;
        at = end;
        continue;
      }
      if (operations) return yield unfinished(at, operations);
      if (isThere) patience -= tableLength;
    }
    window.readAhead = windowBytes;
    const next = await window.find(marker, at + 1);
    if (next === size && numbers && at + frameLength(numbers) > size) return yield unfinished(at);
    yield { kind: 'damage', from: at, to: next };
    at = next;
  }
}

function unfinished(from: number, operations: readonly FoundOperation[] = []): Found {
  return { kind: 'unfinished', from, operations };
}

function isBeginOf(bytes: Uint8Array, marker: Uint8Array): boolean {
  const length = Math.min(bytes.length, markerBytes);
  return Buffer.compare(bytes.subarray(0, length), marker.subarray(0, length)) === 0;
}

/** A part of the file in memory. */
class Window {
  readonly #disk: Disk;
  readonly #file: number;
  readonly #size: number;
  #bytes: Buffer = Buffer.alloc(0);
  #from = 0;
  /** Bytes that are read at once. */
  readAhead = windowBytes;

  constructor(disk: Disk, file: number, size: number) {
    this.#disk = disk;
    this.#file = file;
    this.#size = size;
  }

  /** Fewer bytes at the end of the file. */
  async bytes(at: number, length: number): Promise<Buffer> {
    if (at < this.#from || at + length > this.#from + this.#bytes.length) await this.#load(at, length);
    return this.#bytes.subarray(at - this.#from, at - this.#from + length);
  }

  /** Where `marker` lies next, from `from` on; the size of the file when nowhere. */
  async find(marker: Uint8Array, from: number): Promise<number> {
    for (let at = from; at < this.#size;) {
      const end = this.#from + this.#bytes.length;
      if (at < this.#from || (at + markerBytes > end && end < this.#size)) {
        await this.#load(at, markerBytes);
        if (this.#bytes.length === 0) break;
      }
      const part = this.#bytes.subarray(at - this.#from);
      const found = part.indexOf(marker);
      if (found >= 0) return at + found;
      at += Math.max(1, part.length - markerBytes + 1);
      if (this.#from + this.#bytes.length >= this.#size) break;
    }
    return this.#size;
  }

  async #load(at: number, length: number): Promise<void> {
    const into = Buffer.allocUnsafe(Math.min(Math.max(length, this.readAhead), Math.max(0, this.#size - at)));
    const read = await this.#disk.read(this.#file, into, at);
    this.#bytes = into.subarray(0, read);
    this.#from = at;
  }
}
