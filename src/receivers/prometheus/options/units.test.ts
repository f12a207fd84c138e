import { expect, test } from 'vitest';
import { byteSize, promDuration, promDurationText } from './units.js';

test('durations as Prometheus writes them', () => {
  expect(['0', '0s', '15s', '1m', '1h30m', '1d', '1w', '1y', '1m500ms', '324ms'].map(promDuration)).toEqual([
    0, 0, 15_000, 60_000, 5_400_000, 86_400_000, 604_800_000, 31_536_000_000, 60_500, 324,
  ]);
  for (const wrong of ['', '1', '1.5s', '-1s', '1s1m', '1us', 's', '1 s'])
    expect([wrong, promDuration(wrong)]).toEqual([wrong, undefined]);
  expect([0, 15_000, 60_000, 90_500, 5_400_000, 604_800_000, 694_800_000].map(promDurationText)).toEqual([
    '0s',
    '15s',
    '1m',
    '1m30s500ms',
    '1h30m',
    '1w',
    '8d1h',
  ]);
});

test('sizes as Prometheus writes them', () => {
  expect(['0', '512', '512B', '10KB', '10KiB', '1.5MB', '1GB', '2T'].map(byteSize)).toEqual([
    0, 512, 512, 10_240, 10_240, 1_572_864, 1_073_741_824, 2_199_023_255_552,
  ]);
  for (const wrong of ['', 'MB', '-1', '1 MB', '1XB']) expect([wrong, byteSize(wrong)]).toEqual([wrong, undefined]);
});
