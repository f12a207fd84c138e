import { expect, test } from 'vitest';
import { missingOf } from './contains.js';
import type { Json } from './otlp-value.js';

const attribute = (key: string, stringValue: string): Json => ({ key, value: { stringValue } });

test.each<[Json, Json]>([
  [{ name: 'a' }, { name: 'a', kind: 2 }],
  [{}, { name: 'a' }],
  [{ name: null }, {}],
  [[{ name: 'b' }], [{ name: 'a' }, { name: 'b' }]],
  [
    [{ name: 'b' }, { name: 'a' }],
    [{ name: 'a' }, { name: 'b' }],
  ],
  // The first of both is needed by the second part.
  [
    [{ kind: 2 }, { kind: 2, name: 'a' }],
    [
      { kind: 2, name: 'a' },
      { kind: 2, name: 'b' },
    ],
  ],
  [{ attributes: [attribute('b', '2')] }, { attributes: [attribute('a', '1'), attribute('b', '2')] }],
  [{ attributes: [{ key: 'b', value: {}, absent: null }] }, { attributes: [attribute('a', '1')] }],
])('%j is a part of %j', (expected, actual) => {
  expect(missingOf(expected, actual)).toEqual([]);
});

test.each<[Json, Json, string]>([
  [{ name: 'a' }, { name: 'b' }, 'name: expected "a", got "b"'],
  [{ name: null }, { name: 'b' }, 'name: expected nothing, got "b"'],
  [{ spans: [{ name: 'a' }] }, {}, 'spans[0]: nothing is left that could be {"name":"a"}'],
  [
    { spans: [{ name: 'a' }, { name: 'a' }] },
    { spans: [{ name: 'a' }] },
    'spans[1]: nothing is left that could be {"name":"a"}',
  ],
  // The most similar one is what is compared.
  [
    { spans: [{ name: 'a', kind: 2 }] },
    {
      spans: [
        { name: 'b', kind: 3 },
        { name: 'a', kind: 3 },
      ],
    },
    'spans[0].kind: expected 2, got 3',
  ],
  [
    { attributes: [attribute('a', '1')] },
    { attributes: [attribute('a', '2')] },
    'attributes["a"].stringValue: expected "1", got "2"',
  ],
  [
    { attributes: [{ key: 'a', value: {}, absent: null }] },
    { attributes: [attribute('a', '2')] },
    'attributes["a"]: expected nothing, got {"stringValue":"2"}',
  ],
])('%j is no part of %j', (expected, actual, missing) => {
  expect(missingOf(expected, actual)).toEqual([missing]);
});
