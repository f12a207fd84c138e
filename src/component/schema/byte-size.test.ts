import { expect, test } from 'vitest';
import { parseByteSize } from './byte-size.js';

test.each<[string, number | undefined]>([
  ['1000', 1000],
  ['1kb', 1000],
  ['1K', 1000],
  ['1KiB', 1024],
  ['1.5MiB', 1572864],
  ['2 gb', 2_000_000_000],
  ['.5k', 500],
  ['0', 0],
  ['', undefined],
  ['big', undefined],
  ['-1', undefined],
  ['1e3', undefined],
  ['1ib2', undefined],
])('%s', (text, bytes) => {
  expect(parseByteSize(text)).toBe(bytes);
});
