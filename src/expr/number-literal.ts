import { ExprError } from './expr-error.js';

const digits: Readonly<Record<string, RegExp>> = { '0x': /[0-9a-f_]/i, '0o': /[0-7_]/, '0b': /[01_]/ };
const largest = (1n << 63n) - 1n;

/** Where the number that begins at `start` ends: `42`, `0x2A`, `1_000`, `.5`, `1e3`; `1..5` has two. */
export function numberEnd(source: string, start: number): number {
  const based = digits[source.slice(start, start + 2).toLowerCase()];
  if (based !== undefined) return run(source, start + 2, based);
  let at = run(source, start, /[0-9_]/);
  if (source.charAt(at) === '.' && source.charAt(at + 1) !== '.') at = run(source, at + 1, /[0-9_]/);
  if (/e/i.test(source.charAt(at))) {
    at++;
    if (/[+-]/.test(source.charAt(at))) at++;
    at = run(source, at, /[0-9_]/);
  }
  return at;
}

/** The value of a number: an int of 64 bits, or a float where there is a point or an exponent. */
export function numberValue(text: string, at: number): bigint | number {
  const plain = text.replaceAll('_', '');
  if (/^0[xob]/i.test(plain) || /^[0-9]+$/.test(plain)) {
    let value: bigint;
    try {
      value = BigInt(plain);
    } catch {
      throw new ExprError(`"${text}" is no number`, at);
    }
    if (value > largest) throw new ExprError(`"${text}" is larger than an int of 64 bits`, at);
    return value;
  }
  const value = Number(plain);
  if (Number.isNaN(value)) throw new ExprError(`"${text}" is no number`, at);
  return value;
}

function run(source: string, from: number, accepted: RegExp): number {
  let at = from;
  while (accepted.test(source.charAt(at))) at++;
  return at;
}
