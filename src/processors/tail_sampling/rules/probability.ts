import { fnv, fnvStart, type Half64 } from '../../../otlp/keys/hash64.js';

const defaultSalt = 'default-hash-seed';
const whole = (1n << 64n) - 1n;

const hash: Half64 = { low: 0, high: 0 };

/** Chooses a share of the traces by the hash of their IDs, as every other gateway with the same salt does. */
export class TraceShare {
  readonly salt: string;
  /** From 0 to 1. */
  readonly ratio: number;
  /** The highest hash that belongs to the share. */
  readonly limit: bigint;
  /** The hash after the salt, from which each trace goes on. */
  readonly #start: Half64 = { low: 0, high: 0 };
  readonly #limit: Half64;

  constructor(salt: string, percentage: number) {
    this.salt = salt === '' ? defaultSalt : salt;
    this.ratio = Math.min(1, Math.max(0, percentage / 100));
    this.limit = limitOf(this.ratio);
    this.#limit = halvesOf(this.limit);
    const bytes = Buffer.from(this.salt);
    fnvStart(this.#start);
    fnv(this.#start, bytes, 0, bytes.length);
  }

  /** Whether the trace whose ID begins at `at` belongs to the share. */
  has(ids: Uint8Array, at: number): boolean {
    hash.low = this.#start.low;
    hash.high = this.#start.high;
    fnv(hash, ids, at, at + 16);
    const { low, high } = this.#limit;
    return hash.high < high || (hash.high === high && hash.low <= low);
  }
}

/**
 * The highest hash of a share. The Collector multiplies with 64 significant bits, halves to even, and cuts
 * the fraction; its gateways and those of Kanmon must choose the same traces.
 */
function limitOf(ratio: number): bigint {
  if (ratio >= 1) return whole;
  if (!(ratio > 0)) return 0n;
  let scale = 0n;
  let exact = ratio;
  while (!Number.isInteger(exact)) {
    exact *= 2;
    scale++;
  }
  let product = whole * BigInt(exact);
  const surplus = BigInt(Math.max(0, product.toString(2).length - 64));
  if (surplus > 0n) {
    const half = 1n << (surplus - 1n);
    const rest = product & ((1n << surplus) - 1n);
    product >>= surplus;
    if (rest > half || (rest === half && (product & 1n) === 1n)) product++;
    product <<= surplus;
  }
  return product >> scale;
}

function halvesOf(value: bigint): Half64 {
  return { low: Number(value & 0xffffffffn), high: Number(value >> 32n) };
}
