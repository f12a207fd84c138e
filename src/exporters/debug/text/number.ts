import type { Range } from '../../../otlp/view/range.js';
import type { Word64 } from '../../../otlp/view/word64.js';

export function unsignedText(value: Word64): string {
  return value.high === 0 ? String(value.low) : String(value.toBigInt());
}

export function signedText(value: Word64): string {
  return value.high === 0 ? String(value.low) : String(value.toSignedBigInt());
}

/** An ID in hexadecimal; one that is all zero counts as not sent. */
export function idText(id: Range): string {
  if (id.length === 0) return '';
  const hex = id.hex();
  return /[^0]/.test(hex) ? hex : '';
}

/** As Go prints `%v`: the shortest digits, with an exponent of two digits below 1e-4 and from 1e6 on. */
export function goShortest(value: number): string {
  const special = specialText(value);
  if (special !== undefined) return special;
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [mantissa = '', exponentText = '0'] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  // Six digits decide whether the shortest form is written with an exponent.
  if (exponent >= -4 && exponent < 6) return String(value);
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

/** As Go prints `%f`: six decimals, never an exponent. */
export function goFixed(value: number): string {
  const special = specialText(value);
  if (special !== undefined) return special;
  return Math.abs(value) < 1e21 ? value.toFixed(6) : `${BigInt(value)}.000000`;
}

function specialText(value: number): string | undefined {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : undefined;
}
