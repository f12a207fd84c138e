import { describe, expect, it } from 'vitest';

import { callConverter, named } from '../../../../test/support/ottl-call.js';
import { Duration } from '../../value.js';
import { durationFunctions } from './durations.js';
import { durationNanoseconds } from './parse-duration.js';

describe('Duration', () => {
  it.each([
    ['0', 0n],
    ['1h30m', 5_400_000_000_000n],
    ['-1.5s', -1_500_000_000n],
    ['.5ms', 500_000n],
    ['1us1µs1μs1ns', 3001n],
    ['1.0000000000000000000000000001s', 1_000_000_000n],
    ['-9223372036854775808ns', -9_223_372_036_854_775_808n],
  ])('reads %s', (text, expected) => expect(durationNanoseconds(text)).toBe(expected));

  it.each([
    ['', 'time: invalid duration ""'],
    ['-', 'time: invalid duration "-"'],
    ['5', 'time: missing unit in duration "5"'],
    ['.s', 'time: invalid duration ".s"'],
    ['1h 30m', 'time: unknown unit "h " in duration "1h 30m"'],
    ['9223372036854775808ns', 'time: invalid duration "9223372036854775808ns"'],
    [`${'9'.repeat(100_000)}h`, 'time: invalid duration "999'],
  ])('refuses %.30s', (text, message) => expect(() => durationNanoseconds(text)).toThrow(message));
});

it.each([
  ['Hours', -1.5],
  ['Minutes', -90],
  ['Seconds', -5400],
  ['Milliseconds', -5_400_000n],
  ['Microseconds', -5_400_000_000n],
  ['Nanoseconds', -5_400_000_000_000n],
])('%s of a duration', (name, expected) => {
  expect(callConverter(named(durationFunctions, name), new Duration(-5_400_000_000_000n))).toBe(expected);
});
