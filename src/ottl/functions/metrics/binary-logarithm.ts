// Go computes both in this way; V8's own functions differ from them in the last bit of some results.

const ln2High = 0.693147180369123816;
const ln2Low = 1.90821492927058770002e-10;
/** Coefficients of the rational approximation of FreeBSD's `exp`. */
const coefficients = [
  1.66666666666666657415e-1, -2.77777777770155933842e-3, 6.61375632143793436117e-5, -1.6533902205465251539e-6,
  4.13813679705723846039e-8,
]; // prettier-ignore

/** The binary logarithm of a positive number. */
export function log2(value: number): number {
  let exponent = Math.floor(Math.log2(value)) + 1;
  let fraction = value / 2 ** exponent;
  // The fraction is from 0.5 up to 1; `Math.log2` may round over a whole number.
  if (fraction >= 1) [fraction, exponent] = [fraction / 2, exponent + 1];
  if (fraction < 0.5) [fraction, exponent] = [fraction * 2, exponent - 1];
  return fraction === 0.5 ? exponent - 1 : Math.log(fraction) * (1 / Math.LN2) + exponent;
}

/** Two to the power of a number. */
export function exp2(power: number): number {
  if (!(power > -1075 && power < 1024)) return 2 ** power;
  const whole = Math.trunc(power > 0 ? power + 0.5 : power - 0.5);
  const rest = power - whole;
  const high = rest * ln2High;
  const low = -rest * ln2Low;
  const r = high - low;
  const t = r * r;
  const c = r - t * coefficients.reduceRight((sum, coefficient) => coefficient + t * sum, 0);
  const result = 1 - (low - (r * c) / (2 - c) - high);
  return result * 2 ** whole;
}
