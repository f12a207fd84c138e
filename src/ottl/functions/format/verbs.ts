import { stringLike } from '../../conversions.js';
import { typeName, type Value } from '../../value.js';
import { goFloat } from './go-float.js';
import { goCharacter, quotedText } from './quote-verb.js';

/** The flags and numbers between `%` and the verb. */
export interface Directive {
  readonly minus: boolean;
  readonly plus: boolean;
  readonly sharp: boolean;
  readonly space: boolean;
  readonly zero: boolean;
  /** In characters. */
  readonly width: number | undefined;
  readonly precision: number | undefined;
}

const plain: Directive = {
  minus: false,
  plus: false,
  sharp: false,
  space: false,
  zero: false,
  width: undefined,
  precision: undefined,
};

/** A value by a verb; in Go's words for a wrong one. */
export function formatVerb(value: Value, verb: string, given: Directive): string {
  if (verb === 'T') return padded(value === undefined ? '<nil>' : typeName(value), { ...given, zero: false });
  const text = textOf(value, verb, given);
  if (text !== undefined) return text;
  const shown = value === undefined ? '<nil>' : `${typeName(value)}=${verbText(value)}`;
  return `%!${verb}(${shown})`;
}

/** A value by the verb `v`. */
export function verbText(value: Value): string {
  return textOf(value, 'v', plain) ?? '';
}

function textOf(value: Value, verb: string, given: Directive): string | undefined {
  switch (typeof value) {
    case 'undefined':
      return verb === 'v' ? padded('<nil>', { ...given, zero: false }) : undefined;
    case 'boolean':
      return verb === 't' || verb === 'v' ? padded(String(value), given) : undefined;
    case 'bigint':
      return integer(value, verb, given);
    case 'number':
      return float(value, verb, given);
    case 'string':
      return string(value, verb, given);
    default:
  }
  if (value instanceof Uint8Array && verb !== 'v' && verb !== 'd') return bytes(value, verb, given);
  if (value instanceof Uint8Array) return padded(`[${[...value].join(' ')}]`, given);
  // The Collector prints the addresses of lists and maps, which say nothing.
  return string(stringLike(value) ?? '', verb, given);
}

const bases: Readonly<Record<string, readonly [number, string]>> = {
  b: [2, '0b'],
  o: [8, '0'],
  O: [8, ''],
  d: [10, ''],
  v: [10, ''],
  x: [16, '0x'],
  X: [16, '0X'],
};

function integer(value: bigint, verb: string, given: Directive): string | undefined {
  if (verb === 'c') return padded(goCharacter(value), given);
  if (verb === 'q') return padded(`'${goCharacter(value)}'`, given);
  if (verb === 'U')
    return padded(
      `U+${value
        .toString(16)
        .toUpperCase()
        .padStart(given.precision ?? 4, '0')}`,
      given,
    );
  const base = bases[verb];
  if (base === undefined) return undefined;
  const [radix, prefix] = base;
  if (given.precision === 0 && value === 0n) return padded('', { ...given, zero: false });
  const digits = (value < 0n ? -value : value).toString(radix);
  const shown = (verb === 'X' ? digits.toUpperCase() : digits).padStart(given.precision ?? 0, '0');
  const front = verb === 'O' ? '0o' : given.sharp ? prefix : '';
  return number(value < 0n ? '-' : '', front, shown, given, given.precision === undefined);
}

function float(value: number, verb: string, given: Directive): string | undefined {
  const lower = verb.toLowerCase();
  const form = verb === 'v' || lower === 'g' ? 'g' : lower;
  if (form !== 'e' && form !== 'f' && form !== 'g') return undefined;
  const precision = given.precision ?? (form === 'g' ? undefined : 6);
  const text = goFloat(value, form, precision);
  const cased = verb === 'E' || verb === 'G' ? text.toUpperCase() : text;
  const sign = /^[-+]/.exec(cased)?.[0] ?? '';
  const isFinite = Number.isFinite(value);
  return number(sign, '', cased.slice(sign.length), given, isFinite);
}

/** A number with its sign, filled with zeros behind it or with spaces before it. */
function number(sign: string, prefix: string, digits: string, given: Directive, mayFill: boolean): string {
  const shownSign = sign === '' ? (given.plus ? '+' : given.space ? ' ' : '') : sign;
  if (!given.zero || !mayFill) return padded(shownSign + prefix + digits, { ...given, zero: false });
  const room = (given.width ?? 0) - shownSign.length - prefix.length;
  return shownSign + prefix + digits.padStart(room, '0');
}

function string(value: string, verb: string, given: Directive): string | undefined {
  switch (verb) {
    case 's':
    case 'v':
      return padded(cut(value, given), given);
    case 'q':
      return padded(quotedText(cut(value, given), given.sharp), given);
    case 'x':
    case 'X':
      return hexadecimal(Buffer.from(value), verb, given);
    default:
      return undefined;
  }
}

function bytes(value: Uint8Array, verb: string, given: Directive): string | undefined {
  if (verb === 'x' || verb === 'X') return hexadecimal(value, verb, given);
  return string(Buffer.from(value).toString(), verb, given);
}

function hexadecimal(value: Uint8Array, verb: string, given: Directive): string {
  const part = given.precision === undefined ? value : value.subarray(0, given.precision);
  const pairs = Array.from(part, (byte) => byte.toString(16).padStart(2, '0'));
  const prefix = given.sharp && pairs.length > 0 ? '0x' : '';
  const text = given.space ? pairs.map((pair) => prefix + pair).join(' ') : prefix + pairs.join('');
  return padded(verb === 'X' ? text.toUpperCase() : text, given);
}

/** The first characters, as many as the precision says. */
function cut(text: string, { precision }: Directive): string {
  return precision === undefined || text.length <= precision ? text : [...text].slice(0, precision).join('');
}

/** Fills a text up to the width, which counts characters. */
function padded(text: string, { width, minus, zero }: Directive): string {
  if (width === undefined) return text;
  const missing = width - [...text].length;
  if (missing <= 0) return text;
  return minus ? text + ' '.repeat(missing) : (zero ? '0' : ' ').repeat(missing) + text;
}
