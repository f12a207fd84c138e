import { withoutLeadingZeros } from './zeros.js';

const highest = 2n ** 63n - 1n;
const lowest = -(2n ** 63n);
const longestInt = 4096;

/** Why a text is no number, as Go's `strconv` says it. */
export type NumberFault = 'invalid syntax' | 'value out of range';

/** The int64 that a text is in base 10, as Go's `ParseInt` reads it. */
export function readInt64(text: string): bigint | NumberFault {
  if (!/^[+-]?[0-9]+$/.test(text)) return 'invalid syntax';
  // A BigInt of many digits costs more than linear time, and has no chance to fit.
  const digits = text.length > longestInt ? withoutZeros(text) : text;
  if (digits.length > longestInt) return 'value out of range';
  const value = BigInt(digits.startsWith('+') ? digits.slice(1) : digits);
  if (value > highest || value < lowest) return 'value out of range';
  return value;
}

const decimal = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;
const hexadecimal = /^([+-]?)0[xX]([0-9a-fA-F]*)(?:\.([0-9a-fA-F]*))?[pP]([+-]?[0-9]+)$/;
const infinity = /^[+-]?inf(?:inity)?$/i;

/**
 * A number as Go reads it: decimal or hexadecimal, with underscores between digits, `inf`, `nan`: its
 * `ParseFloat`.
 */
export function readFloat64(text: string): number | NumberFault {
  if (infinity.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (/^nan$/i.test(text)) return NaN;
  const plain = withoutUnderscores(text);
  const value = decimal.test(plain) ? Number(plain) : hexadecimalValue(plain);
  if (value === undefined) return 'invalid syntax';
  if (!Number.isFinite(value)) return 'value out of range';
  return value;
}

function withoutZeros(text: string): string {
  const isSigned = text.startsWith('-') || text.startsWith('+');
  return `${text.startsWith('-') ? '-' : ''}${withoutLeadingZeros(isSigned ? text.slice(1) : text)}`;
}

/** Unchanged where an underscore does not stand between two digits, which then is no number. */
function withoutUnderscores(text: string): string {
  if (!text.includes('_')) return text;
  const isHexadecimal = /^[+-]?0[xX]/.test(text);
  // The prefix counts as a digit.
  const misplaced = isHexadecimal ? /[^0-9a-fA-FxX_]_|_[^0-9a-fA-F]|__|^_|_$/ : /[^0-9]_|_[^0-9]|^_|_$/;
  return misplaced.test(text) ? text : text.replaceAll('_', '');
}

function hexadecimalValue(text: string): number | undefined {
  const [, sign, whole = '', fraction = '', exponent = ''] = hexadecimal.exec(text) ?? [];
  const digits = whole + fraction;
  if (sign === undefined || digits === '') return undefined;
  const scale = Number(exponent) - 4 * fraction.length;
  // In two steps, since a power of two alone may be beyond the float64s when the product is not.
  const half = Math.trunc(scale / 2);
  const value = Number(BigInt(`0x${digits}`)) * 2 ** half * 2 ** (scale - half);
  return sign === '-' ? -value : value;
}
