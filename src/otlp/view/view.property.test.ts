import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arbitraryOtlp } from '../../../test/support/arbitrary-otlp.js';
import { referenceDecode, type Tree, type Value } from '../../../test/support/reference-decode.js';
import { comparable, readView } from '../../../test/support/view-otlp.js';
import { fieldOf, topMessage, type MessageName } from '../fields.js';
import { signals, type Signal } from '../signal.js';
import { validate } from '../wire/validate.js';
import { Backing } from './backing.js';
import { BatchCursor } from './batch-cursor.js';
import { DictionaryView } from './dictionary.js';
import { LogRecordView } from './log-record.js';
import type { MessageView } from './message.js';
import { MetricView } from './metric.js';
import { ProfileView } from './profile.js';
import type { Range } from './range.js';
import { SpanView } from './span.js';

const runs = Number(process.env['KANMON_FUZZ_RUNS'] ?? 300);

const items: Readonly<Record<Signal, { name: MessageName; view: () => MessageView }>> = {
  traces: { name: 'Span', view: () => new SpanView() },
  logs: { name: 'LogRecord', view: () => new LogRecordView() },
  metrics: { name: 'Metric', view: () => new MetricView() },
  profiles: { name: 'Profile', view: () => new ProfileView() },
};
const plural = { traces: 'spans', logs: 'log_records', metrics: 'metrics', profiles: 'profiles' } as const;
const ofSignal = { traces: 'spans', logs: 'logs', metrics: 'metrics', profiles: 'profiles' } as const;

/** Every item as the reference decodes it, with its resource and scope. */
function expected(signal: Signal, bytes: Uint8Array): Value[] {
  const found: Value[] = [];
  const request = comparable(topMessage[signal], referenceDecode(signal, bytes));
  for (const resource of listIn(request, `resource_${ofSignal[signal]}`))
    for (const scope of listIn(resource, `scope_${ofSignal[signal]}`))
      for (const item of listIn(scope, plural[signal]))
        found.push([
          ...[resource['resource'] ?? {}, resource['schema_url'] ?? ''],
          ...[scope['scope'] ?? {}, scope['schema_url'] ?? ''],
          item,
        ]);
  return found;
}

const listIn = (message: Tree, name: string): Tree[] => (message[name] ?? []) as Tree[];

const text = (range: Range): string => {
  const bytes = range.copy();
  const decoded = Buffer.from(bytes).toString();
  return Buffer.from(decoded).equals(bytes) ? decoded : `not UTF-8: ${range.hex()}`;
};

const cursors = Object.fromEntries(signals.map((signal) => [signal, new BatchCursor(items[signal].view())]));

function walked(signal: Signal, bytes: Uint8Array): Value[] {
  const found: Value[] = [];
  const cursor = cursors[signal]!;
  for (cursor.open(validate(signal, bytes)); cursor.next();) {
    found.push([
      readView('Resource', cursor.resource),
      text(cursor.resourceSchemaUrl),
      readView('InstrumentationScope', cursor.scope),
      text(cursor.scopeSchemaUrl),
      readView(items[signal].name, cursor.item),
    ]);
  }
  return found;
}

test.each(signals)('%s: every field of every message is what the reference decoder reads', (signal) => {
  const odd = fc.oneof(
    arbitraryOtlp(signal),
    // Joined requests have messages twice that should come once.
    fc.array(arbitraryOtlp(signal), { minLength: 2, maxLength: 3 }).map((list) => Buffer.concat(list)),
  );
  fc.assert(
    fc.property(odd, (bytes) => {
      expect(walked(signal, bytes)).toEqual(expected(signal, bytes));
    }),
    { numRuns: runs },
  );
});

test('every table of the dictionary of profiles is what the reference decoder reads', () => {
  fc.assert(
    fc.property(fc.array(arbitraryOtlp('profiles'), { minLength: 1, maxLength: 3 }), (list) => {
      const bytes = Buffer.concat(list);
      const backing = new Backing();
      backing.bytes = bytes;
      const request = comparable(topMessage['profiles'], referenceDecode('profiles', bytes));
      const read = readView('ProfilesDictionary', new DictionaryView().open(backing));
      expect(read).toEqual(request['dictionary'] ?? {});
    }),
    { numRuns: runs },
  );
});

test('the fields around resources and scopes have the same numbers for every signal, on which their views rely', () => {
  const levels = ['Spans', 'Metrics', 'Logs', 'Profiles'] as const;
  for (const level of levels) {
    expect([fieldOf(`Resource${level}`, 'resource').number, fieldOf(`Resource${level}`, 'schema_url').number]).toEqual([
      1, 3,
    ]);
    expect([fieldOf(`Scope${level}`, 'scope').number, fieldOf(`Scope${level}`, 'schema_url').number]).toEqual([1, 3]);
  }
});

test('the data of metrics of every kind have the same numbers, on which their view relies', () => {
  for (const kind of ['Gauge', 'Sum', 'Histogram', 'ExponentialHistogram', 'Summary'] as const)
    expect(fieldOf(kind, 'data_points').number).toBe(1);
  for (const kind of ['Sum', 'Histogram', 'ExponentialHistogram'] as const)
    expect(fieldOf(kind, 'aggregation_temporality').number).toBe(2);
});
