import { expect, test } from 'vitest';
import { code } from '../../net/grpc/status.js';
import { encodeRetryInfo } from '../../otlp/status/retry-info.js';
import { statusJson } from './status-json.js';

test.each([
  [1000, '1s'],
  [1500, '1.500s'],
  [50, '0.050s'],
  [0.25, '0.000250s'],
  [10_000, '10s'],
])('a delay of %d ms is written as protojson writes durations', (ms, text) => {
  const status = { code: code.Unavailable, message: 'slow', details: [encodeRetryInfo(ms)] };
  expect(JSON.parse(statusJson(status))).toMatchObject({ details: [{ retryDelay: text }] });
});
