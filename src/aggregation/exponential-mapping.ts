import { floatAt } from '../otlp/wire/at.js';

/** Scales that there are: a bucket's upper bound is 2^(2^-scale) times its lower one. */
export const finestScale = 20;
export const coarsestScale = -10;
/** Below it doubles lose digits. */
const leastNormal = 2 ** -1022;
const mostExponent = 1023;
const leastExponent = -1022;

const bits = new DataView(new ArrayBuffer(8));
/** By scale: buckets per factor e. */
const factors: Float64Array = new Float64Array(finestScale + 1).map((_, scale) => Math.LOG2E * 2 ** scale);

/**
 * The index of the bucket `(base^index, base^(index + 1)]` that has a value above 0, as the Collector's library
 * computes it: exact for powers of two and for scales up to 0, and elsewhere as exact as the logarithm.
 */
export function bucketIndex(value: number, scale: number): number {
  if (value <= leastNormal) return leastIndex(scale);
  bits.setFloat64(0, value);
  const high = bits.getUint32(0);
  const exponent = (high >>> 20) - 1023;
  const isPower = (high & 0xfffff) === 0 && bits.getUint32(4) === 0;
  // A power of two is the upper bound of its bucket.
  if (scale <= 0) return (isPower ? exponent - 1 : exponent) >> -scale;
  if (isPower) return exponent * 2 ** scale - 1;
  const most = (mostExponent + 1) * 2 ** scale - 1;
  return Math.min(most, Math.floor(Math.log(value) * floatAt(factors, scale)));
}

/** The index of the bucket of the smallest numbers. */
function leastIndex(scale: number): number {
  if (scale > 0) return leastExponent * 2 ** scale - 1;
  const index = leastExponent >> -scale;
  return scale > -2 ? index - 1 : index;
}
