import type { JsonDouble } from './data.js';

/** A double of OTLP/JSON, where the special ones are text. */
export function number(value: JsonDouble | undefined): number {
  return value === undefined ? 0 : Number(value);
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
