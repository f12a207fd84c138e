import { floatAt } from '../otlp/wire/at.js';
import type { Scene } from './scene.js';
import type { MathOperator } from './syntax/ast.js';

/** The kind of a numeric reading: an int64, a float64, or a value that is neither or can only be had as a value. */
export const numericKind = { none: 0, int: 1, float: 2 } as const;
export type NumericKind = (typeof numericKind)[keyof typeof numericKind];

/** Reads a number into `to` without making a value, and returns what it has found. Throws where `get` would throw. */
export type NumericReader = (scene: Scene, to: NumericCell) => NumericKind;

const word = 2 ** 32;

/** A number that moves with each reading: a BigInt would be an object for each item. */
export class NumericCell {
  /** The halves of an int64 as signed integers of 32 bits, which V8 keeps without an object. */
  high = 0;
  low = 0;
  /** A float64, in an array: as a field it would be an object of its own where V8 has not optimized the store. */
  readonly #floats: Float64Array = new Float64Array(1);
  /** The same memory as two halves, the lower first. */
  readonly #halves: Uint32Array = new Uint32Array(this.#floats.buffer);

  get float(): number {
    return floatAt(this.#floats, 0);
  }

  /** Sets an int64 to halves of any sign. */
  setInt(low: number, high: number): typeof numericKind.int {
    this.low = low | 0;
    this.high = high | 0;
    return numericKind.int;
  }

  /** Sets an int64 to a whole number of at most 53 bits and a sign. */
  setWhole(value: number): typeof numericKind.int {
    return this.setInt(value % word, Math.floor(value / word));
  }

  setFloat(value: number): typeof numericKind.float {
    this.#floats[0] = value;
    return numericKind.float;
  }

  setFloatBits(low: number, high: number): typeof numericKind.float {
    this.#halves[0] = low;
    this.#halves[1] = high;
    return numericKind.float;
  }

  setBigInt(value: bigint): typeof numericKind.int {
    return this.setInt(Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)));
  }

  /** Makes an int64 the nearest float64, in place: a float that is handed on is an object where V8 does not inline. */
  becomeFloat(kind: NumericKind): typeof numericKind.float {
    if (kind === numericKind.int) this.#floats[0] = this.high * word + (this.low >>> 0);
    return numericKind.float;
  }

  /** Below 0, 0 or above 0 for the order of two floats; NaN when they have none. */
  floatOrder(other: NumericCell): number {
    const a = floatAt(this.#floats, 0);
    const b = floatAt(other.#floats, 0);
    if (a < b) return -1;
    if (a > b) return 1;
    return a === b ? 0 : NaN;
  }

  /** `this operator other`, of two floats, in place. */
  calculateFloat(operator: MathOperator, other: NumericCell): NumericKind {
    const floats = this.#floats;
    const b = floatAt(other.#floats, 0);
    if (operator === '+') floats[0] = floatAt(floats, 0) + b;
    else if (operator === '-') floats[0] = floatAt(floats, 0) - b;
    else if (operator === '*') floats[0] = floatAt(floats, 0) * b;
    else if (b === 0) return numericKind.none;
    else floats[0] = floatAt(floats, 0) / b;
    return numericKind.float;
  }

  /** The number as the nearest float64. */
  toFloat(kind: NumericKind): number {
    return kind === numericKind.float ? this.float : this.high * word + (this.low >>> 0);
  }
}
