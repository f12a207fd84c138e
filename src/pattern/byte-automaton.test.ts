import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ByteAutomaton } from './byte-automaton.js';
import { byteProgram } from './byte-program.js';
import { charSet, largestCodePoint } from './char-set.js';
import { parse } from './parse.js';
import { utf8Ranges } from './utf8-ranges.js';

function automaton(source: string): ByteAutomaton {
  const syntax = parse(source);
  const program = syntax && byteProgram(syntax);
  if (program === undefined) throw new Error(`no program for ${source}`);
  return new ByteAutomaton(program);
}

const codePoint = fc.oneof(
  fc.nat(largestCodePoint),
  fc.constantFrom(0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, largestCodePoint),
);

it('encodes the characters of a set and no others', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(codePoint, codePoint), { maxLength: 3 }), fc.array(codePoint), (pairs, tried) => {
      const set = charSet(pairs.flatMap(([a, b]) => [Math.min(a, b), Math.max(a, b)]));
      const sequences = utf8Ranges(set);
      for (const point of [...tried, ...set, ...set.map((bound) => Math.max(0, bound - 1))]) {
        if (point >= 0xd800 && point <= 0xdfff) continue;
        const bytes = Buffer.from(String.fromCodePoint(point));
        const isIn = set.some((first, i) => i % 2 === 0 && first <= point && point <= (set[i + 1] ?? 0));
        const matching = sequences.filter(
          (ranges) =>
            ranges.length === bytes.length &&
            ranges.every(([low, high], i) => low <= (bytes[i] ?? 0) && (bytes[i] ?? 0) <= high),
        );
        expect(matching).toHaveLength(isIn ? 1 : 0);
      }
    }),
  );
});

it('gives up a pattern with too many states, and says so', () => {
  const many = automaton('a[ab]{12}c');
  let bits = 1;
  const letter = (): string => {
    bits ^= bits << 13;
    bits ^= bits >>> 17;
    bits ^= bits << 5;
    return (bits & 1) === 1 ? 'a' : 'b';
  };
  const text = Buffer.from(Array.from({ length: 100_000 }, letter).join(''));
  const results = Array.from({ length: 40 }, () => many.test(text, 0, text.length));
  expect(results.at(-1)).toBeUndefined();
});

it.each(['\\bword', '(?m)^line', 'a{1000}b{1000}c{1000}d{1000}e{1000}'])('makes no program of %s', (source) => {
  const syntax = parse(source);
  expect(syntax && byteProgram(syntax)).toBeUndefined();
});

it('tests a part of bytes', () => {
  const bytes = Buffer.from('xxaby');
  expect(automaton('^ab$').test(bytes, 2, 4)).toBe(true);
  expect(automaton('^ab$').test(bytes, 1, 4)).toBe(false);
  expect(automaton('b$').test(bytes, 0, 4)).toBe(true);
  expect(automaton('b$').test(bytes, 0, 5)).toBe(false);
  expect(automaton('$').test(bytes, 2, 2)).toBe(true);
});
