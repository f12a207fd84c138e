import { expect, test } from 'vitest';
import { quantityMillis, quantityValue } from './quantity.js';

test.each<[string, number | bigint | undefined, number | bigint | undefined]>([
  ['0', 0, 0],
  ['2', 2, 2000],
  ['100m', 1, 100],
  ['1.5', 2, 1500],
  ['.5', 1, 500],
  ['1.', 1, 1000],
  ['-1.5', -2, -1500],
  ['+3', 3, 3000],
  ['1500u', 1, 2],
  ['1n', 1, 1],
  ['2k', 2000, 2_000_000],
  ['1.5Gi', 1_610_612_736, 1_610_612_736_000],
  ['128974848', 128_974_848, 128_974_848_000],
  ['129e6', 129_000_000, 129_000_000_000],
  ['1E3', 1000, 1_000_000],
  ['1e-3', 1, 1],
  ['1E', 10n ** 18n, 2n ** 63n - 1n],
  ['2Ei', 2n ** 61n, 2n ** 63n - 1n],
  ['9e999', 2n ** 63n - 1n, 2n ** 63n - 1n],
  ['0.000001Ki', 1, 2],
  ['', undefined, undefined],
  ['.', undefined, undefined],
  ['m', undefined, undefined],
  ['1x', undefined, undefined],
  ['1KiB', undefined, undefined],
  ['1e9999', undefined, undefined],
  ['one', undefined, undefined],
  ['1'.repeat(65), undefined, undefined],
  ['1constructor', undefined, undefined],
])('%s is %s, and %s thousandths', (text, value, millis) => {
  expect([quantityValue(text), quantityMillis(text)]).toEqual([value, millis]);
});
