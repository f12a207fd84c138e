import { expect, test } from 'vitest';
import type { ContainerRun } from './pod.js';
import { allRuns, packRuns } from './container-runs.js';

const usual = '0123456789abcdef'.repeat(4);
const other = 'f'.repeat(64);

test.each<[string, readonly (readonly ContainerRun[])[]]>([
  [
    'of usual IDs',
    [
      [[0, usual]],
      [],
      [
        [-1, other],
        [70_000, usual],
      ],
      [],
    ],
  ],
  ['with an ID of another kind', [[[0, usual]], [[1, 'c-one']]]],
  ['with capitals, which are not made small', [[[3, usual.toUpperCase()]]]],
  ['with letters of any kind', [[[3, 'ü'.repeat(64)]]]],
  ['more than a byte can count', [Array.from({ length: 300 }, (_, at): ContainerRun => [at, usual])]],
  ['with a number that takes more than four bytes', [[[2 ** 40, usual]]]],
])('runs %s are read as they were', (_what, containers) => {
  expect(allRuns({ runs: packRuns(containers) })).toEqual(containers);
});

test('no runs take no room, and usual ones half of their digits', () => {
  expect(packRuns([[], []])).toBe('');
  expect(allRuns({ runs: '' })).toEqual([]);
  expect(packRuns([[[0, usual]], [[0, other]]])).toHaveLength(75);
});
