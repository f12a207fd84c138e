const word = 0x1_0000_0000;

/**
 * A 64-bit number as its two unsigned 32-bit halves: times in nanoseconds since 1970, counts, integers. A view has one
 * for each such field and moves it. BigInts are made only when asked for.
 */
export class Word64 {
  low = 0;
  high = 0;

  get isZero(): boolean {
    return this.low === 0 && this.high === 0;
  }

  /** The unsigned number as a float: exact below 2^53; a time of today is exact to 256 nanoseconds. */
  toNumber(): number {
    return this.high * word + this.low;
  }

  /** The number in two's complement as a float, exact between -2^53 and 2^53. */
  toSigned(): number {
    return (this.high | 0) * word + this.low;
  }

  /** This minus `other`, both unsigned: a duration, exact below 2^53 nanoseconds (104 days). */
  minus(other: Word64): number {
    return (this.high - other.high) * word + (this.low - other.low);
  }

  /** Below 0 when this is less than `other`, 0 when they are equal; both unsigned. */
  compare(other: Word64): number {
    return this.high === other.high ? this.low - other.low : this.high - other.high;
  }

  /** The unsigned number, exactly. */
  toBigInt(): bigint {
    return (BigInt(this.high) << 32n) | BigInt(this.low);
  }

  /** The number in two's complement, exactly. */
  toSignedBigInt(): bigint {
    return (BigInt(this.high | 0) << 32n) | BigInt(this.low);
  }
}
