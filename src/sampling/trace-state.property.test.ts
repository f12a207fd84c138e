import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readState, writeState } from '../../test/support/reference-sampling.js';
import { TraceState } from './trace-state.js';
import { Word56 } from './word56.js';

const numberOf = (digits: string): bigint => BigInt(`0x${digits.padEnd(14, '0')}`);
const wordOf = (value: bigint): Word56 => new Word56().set(Number(value >> 28n), Number(value & 0xfffffffn));
const digitsOf = (value: bigint): string => value.toString(16).padStart(14, '0');

const digit = fc.constantFrom(...'0123456789abcdefABCDEFg');
const hex = (length: number): fc.Arbitrary<string> => fc.string({ unit: digit, minLength: length, maxLength: length });
const threshold = fc.oneof(
  fc.constantFrom('8', '80', 'c', 'C', '0', '00', '', '123456789abcdef', '8000000000000'),
  fc.integer({ min: 1, max: 14 }).chain(hex),
);
const character = fc.constantFrom(...'abyz09_-*/@ =:;,\tAZ.~!é');
const value = fc.oneof(
  { weight: 4, arbitrary: threshold.map((digits) => `th:${digits}`) },
  { weight: 4, arbitrary: hex(14).map((digits) => `rv:${digits}`) },
  { weight: 3, arbitrary: fc.constantFrom('xx:1', 'p:', 'a9:A-._z', 'th', 'rv:12', ':1', '', 'X:1', 'th:8:9') },
);
const member = fc.oneof(
  { weight: 5, arbitrary: fc.array(value, { minLength: 1, maxLength: 4 }).map((all) => `ot=${all.join(';')}`) },
  {
    weight: 4,
    arbitrary: fc.constantFrom('vendor=1', 'a=b', 't@s=x y', '0a@b=c', '', ' ', 'a= b', 'a=b=c', 'a', '=b', '0a=b'),
  },
  { weight: 1, arbitrary: fc.string({ unit: character, maxLength: 12 }) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(1, 13, 14, 15, 241, 242, 256, 257), fc.constantFrom('', '@s', '@sssssssssssssss'))
      .map(([length, system]) => `${'k'.repeat(length)}${system}=${'v'.repeat(length)}`),
  },
);
const state = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .array(fc.tuple(fc.constantFrom('', '', '', ' ', '\t '), member, fc.constantFrom('', '', '', ' ')), {
        maxLength: 4,
      })
      .map((all) => all.map((parts) => parts.join('')).join(',')),
  },
  { weight: 1, arbitrary: fc.nat({ max: 33 }).map((count) => Array(count).fill('a=b').join(',')) },
  { weight: 1, arbitrary: fc.integer({ min: 120, max: 130 }).map((count) => `ot=${'a:;'.repeat(count)}b:1`) },
);
const change = fc.oneof(
  fc.record({
    what: fc.constant('raise' as const),
    to: threshold.filter((digits) => /^[0-9a-f]{1,14}$/i.test(digits)),
  }),
  fc.record({ what: fc.constant('clear' as const), to: fc.constant('') }),
  fc.record({ what: fc.constant('randomness' as const), to: fc.bigInt(0n, (1n << 56n) - 1n).map(digitsOf) }),
);

test('a state is read, changed and written as the slow reader of text does it', () => {
  const own = new TraceState();
  fc.assert(
    fc.property(state, fc.array(change, { maxLength: 3 }), (text, changes) => {
      const bytes = Buffer.from(`#${text}#`);
      const model = readState(text);
      expect(own.read(bytes, 1, bytes.length - 1)).toBe(model !== undefined);
      if (!model) {
        expect([own.hasThreshold, own.hasRandomness]).toEqual([false, false]);
        return;
      }
      for (const { what, to } of changes) {
        const before = model.threshold;
        if (what === 'clear') {
          own.clearThreshold();
          model.threshold = undefined;
        } else if (what === 'raise') {
          own.raiseThreshold(wordOf(numberOf(to)));
          if (before === undefined || numberOf(before) <= numberOf(to))
            model.threshold = digitsOf(numberOf(to)).replace(/0+$/, '') || '0';
        } else {
          own.setRandomness(wordOf(BigInt(`0x${to}`)));
          model.randomness = to;
        }
      }
      expect([own.hasThreshold, own.hasRandomness]).toEqual([
        model.threshold !== undefined,
        model.randomness !== undefined,
      ]);
      if (model.threshold !== undefined) expect(own.threshold).toEqual(wordOf(numberOf(model.threshold)));
      if (model.randomness !== undefined) expect(own.randomness).toEqual(wordOf(numberOf(model.randomness)));
      const written = Buffer.from(own.text.subarray(0, own.write())).toString();
      expect(written).toBe(writeState(model));
      if (!own.isChanged) expect(written).toBe(text);
      if (changes.length === 0) expect(own.isChanged).toBe(written !== text);
    }),
    { numRuns: Number(process.env['KANMON_FUZZ_RUNS'] ?? 3000) },
  );
});

test('a threshold that was passed before is never lowered', () => {
  const own = new TraceState();
  const bytes = Buffer.from('ot=th:c');
  own.read(bytes, 0, bytes.length);
  own.raiseThreshold(wordOf(numberOf('8')));
  expect(own.isChanged).toBe(false);
  own.raiseThreshold(wordOf(numberOf('d')));
  expect(Buffer.from(own.text.subarray(0, own.write())).toString()).toBe('ot=th:d');
});
