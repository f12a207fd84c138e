import { expect, test } from 'vitest';
import { Expanded } from './expanded.js';
import { duration, flag, group, headers, int, list, section, text, type Schema } from './schema.js';

interface Inner {
  readonly wait: number;
  readonly on: boolean;
}
interface Outer {
  readonly name: string;
  readonly size: number;
  readonly inner: Inner | undefined;
  readonly other: Inner | undefined;
  readonly hosts: readonly string[];
  readonly headers: readonly (readonly [string, string])[];
}

const inner: Schema<Inner> = group<Inner>({ wait: duration('5s'), on: flag(true) });
const outer: Schema<Outer> = group<Outer>(
  {
    name: text('n'),
    size: int(3),
    inner: section(inner, { absent: 'off' }),
    other: section(inner, { absent: 'on' }),
    hosts: list(text()),
    headers: headers(),
  },
  (value, report) => {
    if (value.size > 100) report('too large', ['size']);
  },
);

test('an absent section follows its default and an empty one is on', () => {
  expect(outer.parse({})).toEqual({
    name: 'n',
    size: 3,
    inner: undefined,
    other: { wait: 5000, on: true },
    hosts: [],
    headers: [],
  });
  expect(outer.parse({ inner: null }).inner).toEqual({ wait: 5000, on: true });
  expect(outer.parse({ other: { enabled: false, wait: '1s' } }).other).toBeUndefined();
});

test('null is zero, a fraction is cut, text is split, an expanded value keeps its characters', () => {
  expect(outer.parse({ size: 7.5, hosts: 'a,b' })).toMatchObject({ size: 7, hosts: ['a', 'b'] });
  expect(outer.parse({ size: null }).size).toBe(0);
  expect(
    outer.parse({ name: new Expanded(83, '0123', '${env:X}'), size: new Expanded(83, '0123', '${env:X}') }),
  ).toMatchObject({
    name: '0123',
    size: 83,
  });
});

test('faults of all levels come together, with paths', () => {
  const result = outer.safeParse({
    nam: 1,
    size: 'x',
    inner: { wait: '5', of: 1 },
    headers: [
      { name: 'a', value: 'b' },
      { name: 'a', value: 'c' },
    ],
  });
  expect(result.success).toBe(false);
  expect(
    result.error?.issues
      .map((i) => `${i.path.join('.')}: ${i.code === 'unrecognized_keys' ? i.keys.join() : i.message}`)
      .sort(),
  ).toEqual(
    [
      ': nam',
      'headers: duplicate name "a" in map list',
      'inner.wait: time: missing unit in duration "5"',
      'inner: of',
      'size: Invalid input: expected number, received string',
    ].sort(),
  );
  expect(outer.safeParse({ size: 101 }).error?.issues[0]).toMatchObject({ path: ['size'], message: 'too large' });
});
