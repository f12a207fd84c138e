import { RequestLines } from '../../src/receivers/otlp_json_file/request-line.js';
import { InvalidJson } from '../../src/otlp/json/invalid.js';
import { key } from '../../src/otlp/view/key.js';
import { InvalidOtlp } from '../../src/otlp/wire/invalid.js';
import { validate } from '../../src/otlp/wire/validate.js';
import { resultAtOnce } from '../../src/otlp/work.js';
import { law } from './law.js';
import type { Target } from './targets.js';

const signals = ['traces', 'metrics', 'logs'] as const;
const attributes = [
  [key('log.file.name'), 'a.json'],
  [key('log.file.record_number'), 7n],
] as const;
/** Used for line after line, as the receiver does: a faulty one must leave nothing for the next. */
const readers = new Map(signals.map((signal) => [signal, new RequestLines(signal)]));

/** Lines of a file of `otlp_json_file`. The first byte chooses the signal, and whether items are given attributes. */
export const requestLines: Target = {
  name: 'request-lines',
  share: 0.2,
  seeds: [
    '\0{"resourceSpans":[{"resource":{"attributes":[{"key":"a","value":{"stringValue":"b"}}]},"scopeSpans":[{"spans":' +
      '[{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331","name":"x","attributes":[' +
      '{"key":"log.file.name","value":{"intValue":"5"}}]}]}]}]}',
    '\u0004{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m","sum":{"dataPoints":[{"asInt":"1"},' +
      '{"asDouble":1e3}],"aggregationTemporality":2,"isMonotonic":true}},{"name":"h","histogram":{"dataPoints":[{' +
      '"count":"2","bucketCounts":["1","1"],"explicitBounds":[1]}]}}]}]}]}',
    '\u0005{"resourceLogs":[{"scopeLogs":[{"scope":{"name":"s"},"logRecords":[{"timeUnixNano":"1","body":' +
      '{"kvlistValue":{"values":[{"key":"__proto__","value":{"arrayValue":{"values":[{"boolValue":true},' +
      '{"bytesValue":"AA=="}]}}}]}}}]}]}]}',
    '\u0003{"resourceSpans":[]}',
    '\u0002[]',
  ].map((text) => Buffer.from(text)),
  run(input) {
    const flags = input[0] ?? 0;
    const signal = signals[flags % signals.length] ?? 'traces';
    const line = input.subarray(1);
    try {
      const given = flags >= signals.length ? attributes : [];
      const reader = readers.get(signal) ?? new RequestLines(signal);
      const batch = resultAtOnce(reader.batchOf(line, given));
      law(
        validate(signal, Buffer.from(batch.bytes)).itemCount === batch.itemCount,
        'the batch does not count its items',
      );
      law(batch.bytes.length <= 4 * line.length + 100 * batch.itemCount + 100, 'a batch out of proportion');
      return `${signal} ${Math.min(3, batch.itemCount)} ${given.length}`;
    } catch (error) {
      if (!(error instanceof InvalidJson || error instanceof InvalidOtlp)) throw error;
      return `${signal} ${error.message.replaceAll(/["'`].*?["'`]|\d+/gs, '').slice(0, 60)}`;
    }
  },
};
