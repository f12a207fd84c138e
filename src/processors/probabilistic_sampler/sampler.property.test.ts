import fc from 'fast-check';
import { expect, test } from 'vitest';
import { heldWorld } from '../../../test/support/held-world.js';
import {
  exactThreshold,
  readState,
  whole,
  writeState,
  type StateModel,
} from '../../../test/support/reference-sampling.js';
import { emptyContext } from '../../component/consumer.js';
import { Double } from '../../otlp/build/any-value.js';
import type { Batch } from '../../otlp/batch.js';
import { LogBuilder } from '../../otlp/build/logs.js';
import { SpanBuilder } from '../../otlp/build/spans.js';
import { jsonText } from '../../otlp/json/encode.js';
import { config, type Config } from './config.js';
import { createProbabilisticSampler } from './sampler.js';
import type { Reason } from './telemetry.js';

type Value = string | number | bigint | boolean | Double | Uint8Array;

interface Item {
  /** Hexadecimal digits; '' is none. */
  readonly traceId: string;
  /** Of a span. */
  readonly state: string;
  /** Of a log record. */
  readonly threshold: Value | undefined;
  readonly randomness: Value | undefined;
  readonly source: Value | undefined;
  readonly priority: Value | undefined;
}

/** The fate of an item: why it is dropped, or what it says of sampling then. */
type Fate = { readonly dropped: Reason } | { readonly state: string };

const mode = ({ mode: name }: Config): string => (name === '' ? 'hash_seed' : name);

/** Randomness of a hash in the mode `hash_seed`. */
function hashed(seed: number, bytes: Uint8Array): bigint {
  let hash = 0x811c9dc5n;
  const seedBytes = Buffer.alloc(4);
  seedBytes.writeUInt32LE(seed);
  for (const byte of [...seedBytes, ...bytes]) hash = ((hash ^ BigInt(byte)) * 0x01000193n) % 2n ** 32n;
  const low = hash & 0x3fffn;
  const high = hash >> 18n;
  return ((0x3fffn - low) << 42n) ^ (high << 24n) ^ (high << 14n) ^ low;
}

function bytesOf(value: Value): Uint8Array {
  if (value instanceof Uint8Array) return value;
  return Buffer.from(String(value instanceof Double ? value.value : value));
}

/** Of a log record that has no trace ID, or is not judged by it. */
function randomnessOf(item: Item, options: Config, isLog: boolean): { value: bigint; standard: boolean } | undefined {
  const isHashed = mode(options) === 'hash_seed';
  const byRecord = isLog && options.attribute_source === 'record' && (isHashed || options.from_attribute !== '');
  if (!byRecord && /[^0]/.test(item.traceId)) {
    const id = Buffer.from(item.traceId, 'hex');
    if (isHashed) return { value: hashed(options.hash_seed, id), standard: false };
    return { value: BigInt(`0x${item.traceId.slice(18)}`), standard: true };
  }
  if (!isLog || options.from_attribute === '' || item.source === undefined) return undefined;
  const bytes = bytesOf(item.source);
  return bytes.length === 0 ? undefined : { value: hashed(options.hash_seed, bytes), standard: false };
}

/** The attributes of a log record, read as if they were a tracestate. Those that are empty or no text do not count. */
function readAttributes({ threshold, randomness }: Item): StateModel | undefined {
  const pair = (name: string, value: Value | undefined): string[] =>
    typeof value === 'string' && value !== '' ? [`${name}:${value}`] : [];
  const pairs = [...pair('th', threshold), ...pair('rv', randomness)];
  return readState(pairs.length === 0 ? '' : `ot=${pairs.join(';')}`);
}

const valueOf = (digits: string): bigint => BigInt(`0x${digits.padEnd(14, '0')}`);

function numberOf(value: Value | undefined): number | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
  if (value instanceof Double) return value.value;
  return undefined;
}

function fateOf(item: Item, options: Config, isLog: boolean): Fate {
  const percentage = Math.min(Math.fround(options.sampling_percentage), 100);
  const buckets = Math.trunc(Math.fround(percentage * Math.fround(163.84)));
  const isHashed = mode(options) === 'hash_seed';
  const keepsNone = percentage === 0 || (isHashed && buckets === 0);
  const state = isLog ? readAttributes(item) : readState(item.state);

  let fault: Reason | undefined;
  let writes = state !== undefined;
  let randomness = whole - 1n;
  let found = true;
  if (!keepsNone) {
    if (state?.randomness !== undefined && !isHashed) randomness = valueOf(state.randomness);
    else {
      const own = state || isHashed ? randomnessOf(item, options, isLog) : undefined;
      found = own !== undefined;
      randomness = own?.value ?? randomness;
      const isUsed = state?.threshold !== undefined || state?.randomness !== undefined;
      if (state && own && !own.standard && !(isHashed && isUsed))
        state.randomness = own.value.toString(16).padStart(14, '0');
      if (isHashed && isUsed) {
        fault = 'sampling_state_in_use';
        writes = false;
      }
    }
  }
  if (!state) fault = 'malformed_sampling_state';
  if (!fault && !found) fault = 'missing_randomness';
  if (!fault && state?.threshold !== undefined && valueOf(state.threshold) > randomness) {
    state.threshold = undefined;
    fault = 'inconsistent_threshold';
  }

  const earlier = state?.threshold === undefined ? 0n : valueOf(state.threshold);
  let threshold = whole;
  if (fault) threshold = options.fail_closed ? whole : 0n;
  else if (keepsNone) threshold = whole;
  else if (isHashed) threshold = BigInt(0x4000 - buckets) << 42n;
  else {
    const own = exactThreshold(percentage / 100, options.sampling_precision);
    if (mode(options) === 'equalizing') threshold = own > earlier ? own : earlier;
    else {
      const product = (Number(whole - earlier) / 2 ** 56) * (percentage / 100);
      threshold = product < 2 ** -56 ? whole : exactThreshold(product, options.sampling_precision);
    }
  }

  let reason = fault ?? 'not_sampled';
  if (!isLog) {
    const text = typeof item.priority === 'string' && item.priority.trim() !== '' ? Number(item.priority) : undefined;
    const priority = numberOf(item.priority) ?? text;
    if (priority === 0) return { dropped: 'sampling_priority' };
    if (priority !== undefined && priority > 0) threshold = 0n;
  } else if (options.sampling_priority !== '') {
    const priority = numberOf(item.priority);
    if (priority === 0) return { dropped: 'sampling_priority' };
    const probability = (priority ?? NaN) / 100;
    if (probability >= 2 ** -56 && probability <= 1) {
      threshold = exactThreshold(probability, options.sampling_precision);
      reason = 'not_sampled';
    }
  }
  if (randomness < threshold) return { dropped: reason };
  if (!state || !writes)
    return { state: isLog ? JSON.stringify([shown(item.threshold), shown(item.randomness)]) : item.state };
  if (state.threshold === undefined || valueOf(state.threshold) <= threshold)
    state.threshold = threshold.toString(16).padStart(14, '0').replace(/0+$/, '') || '0';
  if (!isLog) return { state: writeState(state) };
  return { state: JSON.stringify([state.threshold, state.randomness ?? shown(item.randomness)]) };
}

const shown = (value: Value | undefined): unknown => (typeof value === 'number' ? String(value) : (value ?? null));

function spansOf(items: readonly Item[]): Batch {
  const spans = new SpanBuilder();
  spans.resource().attribute('service.name', 'a').scope('lib');
  for (const [i, { traceId, state, priority }] of items.entries()) {
    spans.span(String(i)).ids(traceId, '').context(state, 1);
    if (priority !== undefined) spans.attribute('sampling.priority', priority);
  }
  return spans.finish();
}

function recordsOf(items: readonly Item[]): Batch {
  const logs = new LogBuilder();
  logs.resource().attribute('service.name', 'a').scope('lib');
  for (const [i, { traceId, threshold, randomness, source, priority }] of items.entries()) {
    logs.record(0).body(String(i)).context(traceId, '');
    if (source !== undefined) logs.attribute('source', source);
    if (threshold !== undefined) logs.attribute('sampling.threshold', threshold);
    if (priority !== undefined) logs.attribute('priority', priority);
    if (randomness !== undefined) logs.attribute('sampling.randomness', randomness);
  }
  return logs.finish();
}

interface JsonItem {
  readonly name?: string;
  readonly body?: { readonly stringValue: string };
  readonly traceState?: string;
  readonly attributes?: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
}

/** The numbers of the items that were kept, and what they say of sampling. */
function keptOf(batch: Batch): Map<number, string> {
  const kept = new Map<number, string>();
  const request = JSON.parse(jsonText(batch.signal, batch.bytes)) as {
    readonly resourceSpans?: readonly { readonly scopeSpans: readonly { readonly spans: readonly JsonItem[] }[] }[];
    readonly resourceLogs?: readonly { readonly scopeLogs: readonly { readonly logRecords: readonly JsonItem[] }[] }[];
  };
  for (const { scopeSpans } of request.resourceSpans ?? [])
    for (const { spans } of scopeSpans) for (const span of spans) kept.set(Number(span.name), span.traceState ?? '');
  for (const { scopeLogs } of request.resourceLogs ?? [])
    for (const { logRecords } of scopeLogs)
      for (const { body, attributes } of logRecords) {
        const valueIn = (name: string): unknown =>
          Object.values(attributes?.find(({ key }) => key === name)?.value ?? {})[0] ?? null;
        kept.set(
          Number(body?.stringValue),
          JSON.stringify([valueIn('sampling.threshold'), valueIn('sampling.randomness')]),
        );
      }
  return kept;
}

const hex = (length: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
const traceId = fc.oneof(
  { weight: 8, arbitrary: hex(32) },
  { weight: 1, arbitrary: fc.constantFrom('', '0'.repeat(32)) },
);
const digits = fc.constantFrom('8', 'c', '0', 'f', '80', 'fd70a', '4', 'zz', '123456789abcdef');
const state = fc.oneof(
  fc.constant(''),
  digits.map((threshold) => `ot=th:${threshold}`),
  hex(14).map((randomness) => `ot=rv:${randomness}`),
  fc.tuple(digits, hex(14)).map(([threshold, randomness]) => `a=b,ot=xx:1;th:${threshold};rv:${randomness} , c=d`),
  fc.constantFrom('vendor=1', 'bad state', 'ot=rv:12', 'ot=th:8;th:c'),
);
const number = fc.constantFrom<Value>(
  0,
  1,
  50,
  100,
  200,
  -5,
  new Double(0.5),
  new Double(0),
  new Double(-1),
  new Double(99.9),
);
const priority = fc.oneof(
  { weight: 4, arbitrary: fc.constant(undefined) },
  { weight: 3, arbitrary: number },
  { weight: 2, arbitrary: fc.constantFrom<Value>('0', '1', '-1', '0.0', '1e1', 'x', '', true, '00', '.5', '+0') },
);
const item: fc.Arbitrary<Item> = fc.record({
  traceId,
  state,
  threshold: fc.oneof(fc.constant(undefined), digits, fc.constantFrom<Value>('', 8)),
  randomness: fc.oneof(fc.constant(undefined), hex(14), fc.constantFrom<Value>('', '12', 7)),
  source: fc.oneof(
    fc.constant(undefined),
    fc.string({ maxLength: 6 }),
    fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
    fc.integer({ min: -1000, max: 1000 }),
    fc.constantFrom<Value>(new Double(1.5), true, new Uint8Array([1, 255]), new Uint8Array(0)),
  ),
  priority,
});
const options = fc
  .record({
    sampling_percentage: fc.constantFrom(0, 1e-14, 0.001, 0.0062, 1, 12.5, 25, 50, 60, 99.9, 100, 150),
    mode: fc.constantFrom('hash_seed', 'proportional', 'equalizing', ''),
    hash_seed: fc.constantFrom(0, 22, 2 ** 32 - 1),
    fail_closed: fc.boolean(),
    sampling_precision: fc.integer({ min: 1, max: 14 }),
    attribute_source: fc.constantFrom('traceID', 'record'),
    from_attribute: fc.constantFrom('', 'source'),
    sampling_priority: fc.constantFrom('', 'priority'),
  })
  .map((value) => config.parse(value));

test.each(['traces', 'logs'] as const)('%s are judged and written as the slow reference does it', async (signal) => {
  const isLog = signal === 'logs';
  await fc.assert(
    fc.asyncProperty(options, fc.array(item, { minLength: 1, maxLength: 8 }), async (chosen, items) => {
      const { context, books, metrics } = heldWorld({ signal });
      let kept = new Map<number, string>();
      const next = { consume: (batch: Batch) => Promise.resolve(void (kept = keptOf(batch))) };
      const batch = isLog ? recordsOf(items) : spansOf(items);
      const before = Buffer.from(batch.bytes);
      await createProbabilisticSampler(chosen, context, next).consume(batch, emptyContext);
      expect(Buffer.from(batch.bytes).equals(before)).toBe(true);
      const dropped: Record<string, number> = {};
      for (const [i, one] of items.entries()) {
        const fate = fateOf(one, chosen, isLog);
        expect(kept.get(i)).toBe('state' in fate ? fate.state : undefined);
        if ('dropped' in fate) dropped[fate.dropped] = (dropped[fate.dropped] ?? 0) + 1;
      }
      expect(books.droppedItems).toEqual(dropped);
      expect(books).toMatchObject({ inItems: items.length, outItems: kept.size, balance: 0 });
      const counted = isLog ? 'logs_sampled' : 'spans_processed_total';
      expect(metrics[`otelcol_processor_probabilistic_sampler_count_${counted}`]).toBe(items.length);
    }),
    { numRuns: Number(process.env['KANMON_FUZZ_RUNS'] ?? 1000) },
  );
});
