import { expect, test } from 'vitest';
import { config } from './config.js';
import { warningsOf } from './warnings.js';

test.each([
  [[], 'There are no policies: no trace is sampled'],
  [[{ name: 'a', type: 'probabilistic' }], 'Policy "a" wants no trace: its sampling_percentage is 0'],
  [[{ name: 'a', type: 'rate_limiting' }], 'Policy "a" wants no trace: its spans_per_second is 0'],
  [[{ name: 'a', type: 'bytes_limiting' }], 'Policy "a" wants no trace: its bytes_per_second is 0'],
  [[{ name: 'a', type: 'composite' }], 'Policy "a" wants no trace: it has no composite_sub_policy'],
  [
    [{ name: 'a', type: 'composite', composite: { composite_sub_policy: [{ name: 'b', type: 'always_sample' }] } }],
    'Policy "a" wants no trace: its max_total_spans_per_second is 0',
  ],
])('%j is warned of', (policies, warning) => {
  expect(warningsOf(config.parse({ policies }))).toEqual([warning]);
});

test('policies that can want a trace are not', () => {
  const policies = [
    { name: 'a', type: 'always_sample' },
    { name: 'b', type: 'probabilistic', probabilistic: { sampling_percentage: 0.001 } },
    { name: 'c', type: 'rate_limiting', rate_limiting: { spans_per_second: 1 } },
  ];
  expect(warningsOf(config.parse({ policies }))).toEqual([]);
});
