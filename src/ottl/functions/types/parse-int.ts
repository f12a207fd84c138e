import { converter, type Converter } from '../../function.js';
import { goQuoted } from '../../../strconv/quoted.js';
import { int, string } from '../../parameters.js';
import { OttlError } from '../../ottl-error.js';

const smallest = -(2n ** 63n);
const largest = 2n ** 63n - 1n;
const prefixes: Readonly<Record<string, number>> = { '0b': 2, '0o': 8, '0x': 16 };
/** More digits than an int64 has in base 2, with its underscores: a longer text is only looked at, not computed. */
const mostDigits = 200;

/** A text as an integer of a base from 2 to 36; with base 0 the text says which, as `0x` does. */
const parseInt: Converter = converter('ParseInt', { target: string(), base: int() }, ({ target, base }) => {
  return (scene) => {
    const text = target.get(scene);
    if (text === '') throw new OttlError('invalid target value for ParseInt function, target cannot be empty');
    const radix = base.get(scene);
    if (radix < 0n) throw new OttlError(`invalid base value: ${radix} for ParseInt function, base cannot be negative`);
    if (radix === 1n || radix > 36n) throw failure(text, `invalid base ${radix}`);
    return integerOf(text, Number(radix));
  };
});

function integerOf(text: string, base: number): bigint {
  const isNegative = text.startsWith('-');
  const digits = isNegative || text.startsWith('+') ? text.slice(1) : text;
  const [radix, plain] = base === 0 ? ofPrefix(text, digits) : [base, digits];
  if (plain === '') throw failure(text, 'invalid syntax');
  let value = 0n;
  let isLarge = plain.length > mostDigits && /[^0]/.test(plain);
  for (const digit of plain) {
    const number = numberOf(digit);
    if (number >= radix) throw failure(text, 'invalid syntax');
    if (isLarge) continue;
    value = value * BigInt(radix) + BigInt(number);
    isLarge = value > -smallest;
  }
  const signed = isNegative ? -value : value;
  if (isLarge || signed < smallest || signed > largest) throw failure(text, 'value out of range');
  return signed;
}

/** The base that a text names, and its digits without underscores, which stand only between two of them. */
function ofPrefix(text: string, digits: string): readonly [number, string] {
  const prefix = digits.slice(0, 2).toLowerCase();
  const named = prefixes[prefix];
  const isOctal = named === undefined && digits.length > 1 && digits.startsWith('0');
  const rest = named === undefined ? digits : digits.slice(2);
  const joined = named === undefined ? rest : `0${rest}`;
  if (/^_|__|_$/.test(joined)) throw failure(text, 'invalid syntax');
  return [named ?? (isOctal ? 8 : 10), rest.replaceAll('_', '')];
}

function numberOf(digit: string): number {
  const value = /^[0-9a-zA-Z]$/.test(digit) ? Number.parseInt(digit, 36) : NaN;
  return Number.isNaN(value) ? Infinity : value;
}

function failure(text: string, reason: string): OttlError {
  return new OttlError(`strconv.ParseInt: parsing ${goQuoted(text)}: ${reason}`);
}

export const integerConverters: readonly Converter[] = [parseInt];
