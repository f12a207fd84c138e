import { ExprError } from './expr-error.js';
import { longestMade } from './evaluation.js';
import { valueJson } from './json-text.js';
import { isExprList, isExprMap, isNumber, typeOf, type ExprValue, type ExprType } from './value.js';

/** A function of the language; `operands` are as many as it takes. */
export interface BuiltIn {
  readonly least: number;
  readonly most: number;
  readonly type?: ExprType;
  call(operands: readonly ExprValue[], at: number): ExprValue;
}

type OfTexts = (first: string, second: string, third: string) => ExprValue;

/** A function of so many texts. */
function ofTexts(count: number, type: ExprType, call: OfTexts, optional = 0): BuiltIn {
  return {
    least: count - optional,
    most: count,
    type,
    call(operands, at) {
      for (const operand of operands)
        if (typeof operand !== 'string') throw new ExprError(`a string expected, not ${typeOf(operand)}`, at);
      const [first, second, third] = operands as readonly string[];
      return call(first ?? '', second ?? '', third ?? '');
    },
  };
}

function ofNumber(ofFloat: (value: number) => number): BuiltIn {
  return {
    least: 1,
    most: 1,
    type: 'float',
    call: ([value = null], at) => ofFloat(Number(numberOf(value, at))),
  };
}

const ofAny = (type: ExprType | undefined, call: (value: ExprValue, at: number) => ExprValue): BuiltIn => ({
  ...{ least: 1, most: 1, ...(type && { type }) },
  call: ([value = null], at) => call(value, at),
});

/** The smallest or largest of numbers. */
function ofNumbers(isBetter: (value: bigint | number, best: bigint | number) => boolean): BuiltIn {
  return {
    least: 1,
    most: 1000,
    call(operands, at) {
      let best = numberOf(operands[0] ?? null, at);
      for (const operand of operands) if (isBetter(numberOf(operand, at), best)) best = numberOf(operand, at);
      return best;
    },
  };
}

function numberOf(value: ExprValue, at: number): bigint | number {
  if (!isNumber(value)) throw new ExprError(`a number expected, not ${typeOf(value)}`, at);
  return value;
}

function textOf(value: ExprValue, at: number): string {
  if (typeof value === 'string') return value;
  if (value === null) return '<nil>';
  return isExprList(value) || isExprMap(value) ? valueJson(value, at) : String(value);
}

function lengthOf(value: ExprValue, at: number): ExprValue {
  if (isExprList(value)) return BigInt(value.length);
  if (isExprMap(value)) return BigInt(value.size);
  if (typeof value !== 'string') throw new ExprError(`${typeOf(value)} has no length`, at);
  let count = 0;
  for (let i = 0; i < value.length; count++) i += (value.codePointAt(i) ?? 0) > 0xffff ? 2 : 1;
  return BigInt(count);
}

function toInt(value: ExprValue, at: number): ExprValue {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return BigInt.asIntN(64, BigInt(Math.trunc(value)));
  if (typeof value === 'string' && value.length <= 20 && /^[+-]?[0-9]+$/.test(value)) {
    const int = BigInt(value.replace(/^[+]/, ''));
    if (BigInt.asIntN(64, int) === int) return int;
  }
  throw new ExprError(`${typeOf(value)} is no int`, at);
}

function toFloat(value: ExprValue, at: number): ExprValue {
  if (isNumber(value)) return Number(value);
  if (typeof value === 'string' && value.length <= 400 && /^[+-]?[0-9.]+(e[+-]?[0-9]+)?$/i.test(value)) {
    const float = Number(value);
    if (!Number.isNaN(float)) return float;
  }
  throw new ExprError(`${typeOf(value)} is no float`, at);
}

function trimmed(text: string, characters: string, sides: 'both' | 'start' | 'end'): string {
  const set = new Set(characters);
  const letters = [...text];
  let [from, to] = [0, letters.length];
  if (sides !== 'end') while (from < to && set.has(letters[from] ?? '')) from++;
  if (sides !== 'start') while (to > from && set.has(letters[to - 1] ?? '')) to--;
  return letters.slice(from, to).join('');
}

/** The names that Go's `strings` has for them. */
export const builtIns: Readonly<Record<string, BuiltIn>> = {
  len: ofAny('int', lengthOf),
  type: ofAny('string', typeOf),
  int: ofAny('int', toInt),
  float: ofAny('float', toFloat),
  string: ofAny('string', textOf),
  toJSON: ofAny('string', valueJson),
  upper: ofTexts(1, 'string', (text) => text.toUpperCase()),
  lower: ofTexts(1, 'string', (text) => text.toLowerCase()),
  trim: {
    ...ofTexts(2, 'string', () => '', 1),
    call: (operands, at) => {
      const [text, characters = ' \t\n\r\v\f\u0085\u00a0'] = operands;
      if (typeof text !== 'string' || typeof characters !== 'string') throw new ExprError('a string expected', at);
      return trimmed(text, characters, 'both');
    },
  },
  trimPrefix: ofTexts(2, 'string', (text, start) => (text.startsWith(start) ? text.slice(start.length) : text)),
  trimSuffix: ofTexts(2, 'string', (text, end) =>
    end !== '' && text.endsWith(end) ? text.slice(0, -end.length) : text,
  ),
  hasPrefix: ofTexts(2, 'bool', (text, start) => text.startsWith(start)),
  hasSuffix: ofTexts(2, 'bool', (text, end) => text.endsWith(end)),
  split: ofTexts(2, 'array', (text, between) => (between === '' ? [...text] : text.split(between))),
  join: {
    least: 1,
    most: 2,
    type: 'string',
    call([list = null, between = ''], at) {
      if (!isExprList(list) || typeof between !== 'string') throw new ExprError('a list of strings expected', at);
      let size = 0;
      const texts: string[] = [];
      for (const element of list) {
        if (typeof element !== 'string') throw new ExprError(`a string expected, not ${typeOf(element)}`, at);
        size += element.length + between.length;
        texts.push(element);
      }
      if (size > longestMade) throw new ExprError('a text that is too long', at);
      return texts.join(between);
    },
  },
  replace: {
    ...ofTexts(3, 'string', () => ''),
    call(operands, at) {
      const [text, old, by] = operands;
      if (typeof text !== 'string' || typeof old !== 'string' || typeof by !== 'string')
        throw new ExprError('a string expected', at);
      const parts = old === '' ? ['', ...text, ''] : text.split(old);
      if (text.length + parts.length * by.length > longestMade) throw new ExprError('a text that is too long', at);
      return parts.join(by);
    },
  },
  indexOf: ofTexts(2, 'int', (text, part) => byteIndex(text, text.indexOf(part))),
  lastIndexOf: ofTexts(2, 'int', (text, part) => byteIndex(text, text.lastIndexOf(part))),
  toBase64: ofTexts(1, 'string', (text) => Buffer.from(text).toString('base64')),
  abs: ofAny(undefined, (value, at) => {
    const number = numberOf(value, at);
    return number < 0 ? (typeof number === 'bigint' ? BigInt.asIntN(64, -number) : -number) : number;
  }),
  ceil: ofNumber(Math.ceil),
  floor: ofNumber(Math.floor),
  round: ofNumber((value) => Math.sign(value) * Math.floor(Math.abs(value) + 0.5)),
  max: ofNumbers((value, best) => value > best),
  min: ofNumbers((value, best) => value < best),
  keys: ofAny('array', (value, at) => [...mapOf(value, at).keys()]),
  values: ofAny('array', (value, at) => [...mapOf(value, at).values()]),
  first: ofAny(undefined, (value, at) => arrayOf(value, at)[0] ?? null),
  last: ofAny(undefined, (value, at) => arrayOf(value, at).at(-1) ?? null),
};

/** As Go counts: bytes of UTF-8 before the place; -1 for none. */
function byteIndex(text: string, place: number): bigint {
  return BigInt(place < 0 ? -1 : Buffer.byteLength(text.slice(0, place)));
}

function mapOf(value: ExprValue, at: number): ReadonlyMap<string, ExprValue> {
  if (!isExprMap(value)) throw new ExprError(`a map expected, not ${typeOf(value)}`, at);
  return value;
}

/** Throws an `ExprError` for anything but a list. */
export function arrayOf(value: ExprValue, at: number): readonly ExprValue[] {
  if (!isExprList(value)) throw new ExprError(`an array expected, not ${typeOf(value)}`, at);
  return value;
}
