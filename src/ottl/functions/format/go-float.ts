import { withoutTrailingZeros } from '../../../strconv/zeros.js';

type FloatVerb = 'e' | 'f' | 'g';

/** A float64 as Go's verbs `e`, `f` and `g` write it; a precision of undefined is the shortest that reads back. */
export function goFloat(value: number, verb: FloatVerb, precision: number | undefined): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const magnitude = Math.abs(value);
  const digits = precision === undefined ? shortest(magnitude) : rounded(magnitude, verb, precision);
  return sign + written(digits, verb, precision);
}

/** Digits without zeros in front, and the power of ten of the first. */
interface Digits {
  readonly digits: string;
  readonly exponent: number;
}

/** No float64 has more digits behind the point: those that follow are zeros. */
const mostDigits = 1100;

function shortest(value: number): Digits {
  const [mantissa = '', power = ''] = value.toExponential().split('e');
  return { digits: mantissa.replace('.', ''), exponent: Number(power) };
}

function rounded(value: number, verb: FloatVerb, precision: number): Digits {
  if (value === 0) return { digits: '0', exponent: 0 };
  const { exponent } = shortest(value);
  if (verb === 'f') return withPower(value, Math.min(precision, mostDigits));
  const count = verb === 'e' ? precision : Math.max(precision, 1) - 1;
  return withPower(value, Math.min(count, mostDigits) - exponent);
}

/** The digits of a number that is rounded at a power of ten. */
function withPower(value: number, power: number): Digits {
  const digits = scaled(value, power).toString();
  return { digits, exponent: digits.length - 1 - power };
}

/** A number times a power of ten as an integer, a half rounded to the even one, as Go does. */
function scaled(value: number, power: number): bigint {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  const word = bits.getBigUint64(0);
  const biased = Number(word >> 52n);
  const fraction = word & 0xfffffffffffffn;
  const mantissa = biased === 0 ? fraction : fraction | (1n << 52n);
  const two = Math.max(biased, 1) - 1075;
  let above = mantissa;
  let below = 1n;
  if (two > 0) above <<= BigInt(two);
  else below <<= BigInt(-two);
  if (power > 0) above *= 10n ** BigInt(power);
  else below *= 10n ** BigInt(-power);
  const whole = above / below;
  const twice = (above % below) * 2n;
  return twice > below || (twice === below && whole % 2n === 1n) ? whole + 1n : whole;
}

function written({ digits, exponent }: Digits, verb: FloatVerb, precision: number | undefined): string {
  if (verb === 'e') return exponential(digits, exponent, precision ?? digits.length - 1);
  if (verb === 'f') return fixed(digits, exponent, precision ?? Math.max(digits.length - 1 - exponent, 0));
  const significant = withoutTrailingZeros(digits) || '0';
  const count = significant.length;
  const from = exponentLimit(precision, count, exponent);
  if (exponent < -4 || exponent >= from) return exponential(significant, exponent, count - 1);
  return fixed(significant, exponent, Math.max(count - 1 - exponent, 0));
}

/** The exponent from which on the verb `g` writes one. */
function exponentLimit(precision: number | undefined, digits: number, exponent: number): number {
  if (precision === undefined) return 6;
  const given = Math.max(precision, 1);
  return given > digits && digits > exponent ? digits : given;
}

function exponential(digits: string, exponent: number, precision: number): string {
  const sign = exponent < 0 ? '-' : '+';
  // Rounding may have made one more digit, a zero.
  const behind = digits.slice(1).padEnd(precision, '0').slice(0, precision);
  const power = String(Math.abs(exponent)).padStart(2, '0');
  return `${digits.slice(0, 1)}${behind === '' ? '' : `.${behind}`}e${sign}${power}`;
}

function fixed(digits: string, exponent: number, precision: number): string {
  const all = exponent < 0 ? '0'.repeat(-exponent) + digits : digits.padEnd(exponent + 1, '0');
  const point = Math.max(exponent, 0) + 1;
  const behind = all.slice(point).padEnd(precision, '0').slice(0, precision);
  return behind === '' ? all.slice(0, point) : `${all.slice(0, point)}.${behind}`;
}
