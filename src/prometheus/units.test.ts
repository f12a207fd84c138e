import { expect, test } from 'vitest';
import { codeOfUnit } from './units.js';

test('the units of expositions have the codes of OTLP', () => {
  expect(
    ['seconds', 'bytes', 'bytes_per_second', 'ratio', 'percent', 'requests', 'requests_per_minute', 'x_per_y', ''].map(
      codeOfUnit,
    ),
  ).toEqual(['s', 'By', 'By/s', '1', '%', 'requests', 'requests/m', 'x/y', '']);
});
