import { describe, expect, test } from 'vitest';
import { negotiate } from './negotiate.js';

const protobuf = 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited';
/** The header that Prometheus 2.42 sends while native histograms are on. */
const prometheus =
  `${protobuf},application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,` +
  'text/plain;version=0.0.4;q=0.5,*/*;q=0.1';

describe('the format of a page', () => {
  test.each<[string | undefined, boolean, string]>([
    [undefined, true, 'text underscores'],
    ['*/*', true, 'text underscores'],
    ['text/plain;version=0.0.4', false, 'text underscores'],
    ['text/plain;version=1.0.0;escaping=allow-utf-8', false, 'text allow-utf-8'],
    ['application/openmetrics-text; version=1.0.0', true, 'open-metrics-1.0.0 underscores'],
    ['application/openmetrics-text; version=1.0.0', false, 'text underscores'],
    ['application/openmetrics-text', true, 'open-metrics-0.0.1 underscores'],
    ['application/openmetrics-text; version=2.0.0, text/plain', true, 'text underscores'],
    [prometheus, true, 'protobuf underscores'],
    [prometheus.replace(`${protobuf},`, ''), true, 'open-metrics-1.0.0 underscores'],
    [`text/plain;q=0.4,${protobuf};q=0.3`, true, 'text underscores'],
    [`text/plain;q=0,${protobuf};q=0.3`, true, 'protobuf underscores'],
    ['application/openmetrics-text;version="1.0.0";escaping=dots', true, 'open-metrics-1.0.0 dots'],
    ['text/plain;escaping=nonsense', true, 'text underscores'],
    [','.repeat(100_000), true, 'text underscores'],
  ])('for %s (OpenMetrics: %s) is %s', (accept, openMetrics, expected) => {
    const { format, escaping } = negotiate(accept, openMetrics);
    expect(`${format} ${escaping}`).toBe(expected);
  });

  test('is said with its version and its escaping', () => {
    expect(negotiate(undefined, false).contentType).toBe(
      'text/plain; version=0.0.4; charset=utf-8; escaping=underscores',
    );
  });
});
