import { varintSize, writeVarint } from '../wire.js';

const notANumber = 0x7ff8000000000001n;

/**
 * Writes protobuf front to back without knowing lengths ahead: bodies go down without their length prefixes, marks say
 * where these belong, and `finish` sets them in, so that every length is as short as it can be.
 */
export class ProtoWriter {
  #bytes: Buffer;
  #at = 0;
  /** Per length-delimited part, in order of opening: where its body begins, and its length. */
  #starts: number[] = [];
  #lengths: number[] = [];
  /** Open parts, and how many bytes of prefixes have to be set into each. */
  readonly #open: number[] = [];
  readonly #inner: number[] = [];
  #prefixes = 0;

  constructor(expected: number) {
    this.#bytes = Buffer.allocUnsafe(Math.max(64, expected));
  }

  tag(number: number, wire: number): void {
    this.#room(5);
    this.#at = writeVarint(this.#bytes, this.#at, number * 8 + wire);
  }

  /** A whole number from 0 up to 2^53. */
  varint(value: number): void {
    this.#room(10);
    this.#at = writeVarint(this.#bytes, this.#at, value);
  }

  /** 64 bits, two's complement. */
  varint64(value: bigint): void {
    this.#room(10);
    let rest = BigInt.asUintN(64, value);
    while (rest > 127n) {
      this.#bytes[this.#at++] = Number(rest & 127n) | 128;
      rest >>= 7n;
    }
    this.#bytes[this.#at++] = Number(rest);
  }

  fixed32(value: number): void {
    this.#room(4);
    this.#at = this.#bytes.writeUInt32LE(value >>> 0, this.#at);
  }

  fixed64(value: bigint): void {
    this.#room(8);
    this.#at = this.#bytes.writeBigUInt64LE(BigInt.asUintN(64, value), this.#at);
  }

  /** Not-a-number has the bits that the Collector gives it: identities of resources are hashed from them. */
  double(value: number): void {
    this.#room(8);
    if (Number.isNaN(value)) this.#at = this.#bytes.writeBigUInt64LE(notANumber, this.#at);
    else this.#at = this.#bytes.writeDoubleLE(value, this.#at);
  }

  byte(value: number): void {
    this.#room(1);
    this.#bytes[this.#at++] = value;
  }

  /** Bytes with their length. */
  delimited(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** A run of another buffer, with its length. */
  delimitedRun(source: Buffer, from: number, to: number): void {
    this.varint(to - from);
    this.#room(to - from);
    this.#at += source.copy(this.#bytes, this.#at, from, to);
  }

  /** Opens a length-delimited part; its tag has been written. */
  open(): void {
    this.#open.push(this.#starts.length);
    this.#inner.push(0);
    this.#starts.push(this.#at);
    this.#lengths.push(0);
  }

  close(): void {
    const mark = this.#open.pop() ?? 0;
    const length = this.#at - (this.#starts[mark] ?? 0) + (this.#inner.pop() ?? 0);
    this.#lengths[mark] = length;
    const prefix = varintSize(length);
    this.#prefixes += prefix;
    const parent = this.#inner.length - 1;
    // Only what lies directly inside: the parent's own count already grows by what its children grew.
    if (parent >= 0) this.#inner[parent] = (this.#inner[parent] ?? 0) + prefix + (length - (this.#at - (this.#starts[mark] ?? 0)));
  }

  finish(): Uint8Array {
    const result = Buffer.allocUnsafeSlow(this.#at + this.#prefixes);
    let from = 0;
    let to = 0;
    for (let i = 0; i < this.#starts.length; i++) {
      const start = this.#starts[i] ?? 0;
      to += this.#bytes.copy(result, to, from, start);
      to = writeVarint(result, to, this.#lengths[i] ?? 0);
      from = start;
    }
    this.#bytes.copy(result, to, from, this.#at);
    return result;
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + bytes));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}
