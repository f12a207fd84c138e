import { at32, byteAt } from '../../../otlp/wire/at.js';
import { ByteStrings } from './byte-strings.js';

/** The meaning of a line. */
export const lineKinds = {
  /** Its labels have to be read again. */
  unresolved: 0,
  comment: 1,
  /** Dropped by `metric_relabel_configs`. */
  dropped: 2,
  /** `target_info`: attributes of the resource. */
  info: 3,
  /** No metric of OTLP can hold it. */
  unusable: 4,
  value: 5,
  count: 6,
  sum: 7,
  created: 8,
  bucket: 9,
  native: 10,
} as const;

/** The lines of a target by their characters up to the value, and what was found out about each. */
export class Lines {
  readonly table: ByteStrings = new ByteStrings();
  #kind: Uint8Array = new Uint8Array(64);
  /** The era in which the kind was found out. */
  #found: Int32Array = new Int32Array(64);
  #era = 1;
  /** The point (`Groups`) or the position in a list that the kind has. */
  target: Int32Array = new Int32Array(64);
  bucket: Int32Array = new Int32Array(64);
  /** The scrape that last had it. */
  seen: Int32Array = new Int32Array(64);
  /** The line that came next then; -1 for none. */
  follows: Int32Array = new Int32Array(64);

  get memory(): number {
    return this.table.memory + this.#kind.length * 21;
  }

  /** Adds a line that is not known yet. */
  add(body: Buffer, from: number, to: number): number {
    const line = this.table.add(body, from, to);
    if (line === this.#kind.length) this.#grow();
    this.follows[line] = -1;
    return line;
  }

  kindOf(line: number): number {
    const kind = byteAt(this.#kind, line);
    return at32(this.#found, line) === this.#era || kind === lineKinds.comment ? kind : lineKinds.unresolved;
  }

  setKind(line: number, kind: number): void {
    this.#kind[line] = kind;
    this.#found[line] = this.#era;
  }

  /** The kind that it has, or had before all were to be read again. */
  lastKindOf(line: number): number {
    return byteAt(this.#kind, line);
  }

  /** All lines but comments are to be read again. */
  resolveAnew(): void {
    this.#era++;
  }

  /** The line that is at `at` of the body, if it is `candidate`; else -1. */
  if(candidate: number, body: Buffer, at: number): number {
    return candidate >= 0 && this.table.isAt(candidate, body, at) ? candidate : -1;
  }

  followerOf(line: number): number {
    return at32(this.follows, line);
  }

  #grow(): void {
    const length = this.#kind.length * 2;
    const kind = new Uint8Array(length);
    kind.set(this.#kind);
    this.#kind = kind;
    this.#found = longer(this.#found, length);
    this.target = longer(this.target, length);
    this.bucket = longer(this.bucket, length);
    this.seen = longer(this.seen, length);
    this.follows = longer(this.follows, length);
  }
}

function longer(numbers: Int32Array, length: number): Int32Array {
  const more = new Int32Array(length);
  more.set(numbers);
  return more;
}
