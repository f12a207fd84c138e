import { expect, test } from 'vitest';
import { systemClock } from '../component/clock.js';
import { FileSlot } from './file-slot.js';
import { Ordering } from './ordering.js';
import { orderingOptions } from './ordering-options.js';

function first(options: object, paths: readonly string[], times: readonly number[] = []): string[] {
  const slots = paths.map((path, i) => {
    const slot = new FileSlot(path, path);
    slot.mtimeMs = times[i] ?? 0;
    return slot;
  });
  return new Ordering(orderingOptions.parse(options), systemClock).first(slots).map(({ path }) => path);
}

const paths = ['/a/app-1.log', '/a/app-10.log', '/a/app-9.log', '/b/app-2.log', '/b/other'];
const regex = 'app-(?P<n>\\d+)\\.log$';

test('numbers are compared as numbers; what has none is left out', () => {
  const sort = { sort_type: 'numeric', regex_key: 'n' };
  expect(first({ regex, sort_by: [sort] }, paths)).toEqual(['/a/app-10.log']);
  expect(first({ regex, top_n: 2, sort_by: [{ ...sort, ascending: true }] }, paths)).toEqual([
    '/a/app-1.log',
    '/b/app-2.log',
  ]);
});

test('texts, times, and the last change', () => {
  expect(first({ regex, sort_by: [{ sort_type: 'alphabetical', regex_key: 'n' }] }, paths)).toEqual(['/a/app-9.log']);
  const timestamp = { sort_type: 'timestamp', regex_key: 't', layout: '%Y%m%d%H' };
  expect(
    first({ regex: 'x\\.(?P<t>\\d{10})\\.log$', sort_by: [timestamp] }, ['x.2024010112.log', 'x.2024020112.log']),
  ).toEqual(['x.2024020112.log']);
  expect(first({ sort_by: [{ sort_type: 'mtime' }] }, ['a', 'b', 'c'], [1, 3, 2])).toEqual(['b']);
});

test('the first of each group', () => {
  const sort_by = [{ sort_type: 'numeric', regex_key: 'n' }];
  expect(first({ regex, group_by: '^/(?P<folder>[^/]*)/', sort_by }, paths)).toEqual(['/a/app-10.log', '/b/app-2.log']);
});
