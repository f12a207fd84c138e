import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batchOf, delimited, plainSpans, unknownField, type PlainSpan } from '../../test/support/plain-spans.js';
import type { Batch } from '../otlp/batch.js';
import { Frames } from '../otlp/parts/frames.js';
import { RunLists } from '../otlp/parts/run-lists.js';
import { validate } from '../otlp/wire/validate.js';
import { PendingTraces } from './pending-traces.js';
import { Releases } from './releases.js';

const KiB = 1024;
/** Bytes at which a batch is complete, and what one more record may add to it. */
const target = 256 * KiB;

/** Spans of one scope in one trace, stored together. */
const record = fc.record({
  trace: fc.nat(5),
  resource: fc.constantFrom(0, 1, 50, 3 * KiB),
  scope: fc.constantFrom(0, 1, 400),
  spans: fc.integer({ min: 1, max: 5 }),
  size: fc.oneof({ weight: 5, arbitrary: fc.nat(600) }, { weight: 1, arbitrary: fc.constantFrom(40 * KiB, 130 * KiB) }),
});
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ store: record }) },
  { weight: 2, arbitrary: fc.record({ leaves: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ batches: fc.integer({ min: 1, max: 3 }) }) },
);

test.each([0, 8 * KiB, 8 << 20])(
  'traces leave whole and in order, byte for byte, in bounded batches, with a bound of %i for shared frames',
  (frames) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const pending = new PendingTraces({ traces: 100, maxBytes: frames * 8 + (32 << 20), words: 1, mostTicks: 3 });
        const store = new Store(pending);
        const releases = new Releases(pending);
        const expected: PlainSpan[] = [];
        const left: PlainSpan[] = [];
        const take = (batch: Batch | undefined): void => {
          expect(batch === undefined).toBe(expected.length === left.length);
          if (!batch) return;
          expect(validate('traces', batch.bytes).itemCount).toBe(batch.itemCount);
          const spans = plainSpans(batch.bytes);
          expect(spans.length).toBe(batch.itemCount);
          expect(spans.length).toBeGreaterThan(0);
          left.push(...spans);
          // Beside what completes it a batch has at most one record.
          expect(batch.bytes.length).toBeLessThan(target + 5 * 131 * KiB + 4 * KiB);
          batch.release();
        };
        for (const action of steps)
          if ('store' in action) store.add(action.store);
          else if ('leaves' in action) expected.push(...store.close(action.leaves, releases));
          else for (let i = 0; i < action.batches; i++) take(releases.next());
        for (let trace = 0; trace < 6; trace++) expected.push(...store.close(trace, releases));
        while (!releases.isEmpty) take(releases.next());
        take(releases.next());
        expect(left).toEqual(expected);
        pending.dropFrames(1);
        expect([pending.usedBytes, pending.ids.count]).toEqual([0, 0]);
      }),
      { numRuns: 60 },
    );
  },
);

test('small traces leave together, neighbours of one scope in one, and scopes of one resource in one', () => {
  const pending = new PendingTraces({ traces: 5000, maxBytes: 32 << 20, words: 1, mostTicks: 3 });
  const store = new Store(pending);
  const releases = new Releases(pending);
  for (let trace = 0; trace < 5000; trace++) {
    // Ten traces of one resource, then ten of another; half of each in another scope.
    const resource = 10 + (Math.floor(trace / 10) % 2);
    for (let i = 0; i < 2; i++)
      store.add({ trace, resource, scope: 10 + (Math.floor(trace / 5) % 2), spans: 1, size: 20 });
    store.close(trace, releases);
  }
  const batches = batchesOf(releases);
  const bytes = batches.reduce((sum, batch) => sum + batch.bytes.length, 0);
  expect(batches.length).toBe(Math.ceil(bytes / (target + 200)));
  for (const { index, itemCount } of batches) {
    expect(Math.abs(index.resourceCount - itemCount / 20)).toBeLessThan(2);
    expect(Math.abs(index.scopeCount - itemCount / 10)).toBeLessThan(2);
  }
});

test('a large resource of many small traces is written once, not for each of them', () => {
  const pending = new PendingTraces({ traces: 5000, maxBytes: 32 << 20, words: 1, mostTicks: 3 });
  const store = new Store(pending);
  const releases = new Releases(pending);
  for (let trace = 0; trace < 200; trace++) {
    store.add({ trace, resource: target, scope: trace % 2, spans: 1, size: 100 });
    store.close(trace, releases);
  }
  expect(batchesOf(releases).map(({ itemCount, index }) => [itemCount, index.resourceCount])).toEqual([[200, 1]]);
});

function batchesOf(releases: Releases): Batch[] {
  const batches: Batch[] = [];
  for (let batch = releases.next(); batch; batch = releases.next()) batches.push(batch);
  return batches;
}

test('a trace up to a size is not cut, whatever stands before it', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(400 * KiB), fc.nat(400 * KiB)), { maxLength: 12 }), (traces) => {
      const pending = new PendingTraces({ traces: 100, maxBytes: 32 << 20, words: 1, mostTicks: 3 });
      const store = new Store(pending);
      const releases = new Releases(pending, 1 << 20);
      traces.forEach((sizes, trace) => {
        for (const size of sizes) store.add({ trace, resource: 1, scope: 1, spans: 1, size });
        store.close(trace, releases);
      });
      const left: string[] = [];
      for (let batch = releases.next(); batch; batch = releases.next())
        left.push(...new Set(plainSpans(batch.bytes).map(({ trace }) => trace)));
      expect(left).toHaveLength(traces.length);
    }),
    { numRuns: 30 },
  );
});

interface Stored {
  readonly trace: number;
  readonly resource: number;
  readonly scope: number;
  readonly spans: number;
  readonly size: number;
}

/** Stores spans as a processor does, and remembers them. */
class Store {
  readonly #pending: PendingTraces;
  readonly #traces: Map<number, { number: number; spans: PlainSpan[] }> = new Map();
  #written = 0;

  constructor(pending: PendingTraces) {
    this.#pending = pending;
  }

  add({ trace, resource, scope, spans: count, size }: Stored): void {
    const pending = this.#pending;
    const id = Buffer.alloc(16);
    id.writeUInt32BE(trace + 1);
    const spans = Array.from({ length: count }, () => {
      const name = Buffer.alloc(size, this.#written++);
      return {
        resource: unknownField(Buffer.alloc(resource, 1)),
        scope: unknownField(Buffer.alloc(scope, 2)),
        span: delimited(0x12, delimited(0x0a, id), delimited(0x2a, name)).toString('hex'),
        trace: id.toString('hex'),
      };
    });
    let open = this.#traces.get(trace);
    if (!open) {
      const number = pending.open(id, 0, pending.ids.hashOf(id, 0), 0, 0, 1);
      this.#traces.set(trace, (open = { number, spans: [] }));
    }
    open.spans.push(...spans);
    const batch = batchOf(spans);
    const frames = new Frames(batch, new RunLists());
    const { index } = batch;
    const frame = pending.frameOf(frames, 0, 0, 0);
    pending.append(open.number, frame, frames.source, index.itemTag(0), index.itemTo(count - 1), count);
  }

  /** Lets a trace leave; the result is its spans. */
  close(trace: number, releases: Releases): PlainSpan[] {
    const open = this.#traces.get(trace);
    if (!open) return [];
    this.#traces.delete(trace);
    this.#pending.close(open.number);
    releases.push(open.number);
    return open.spans;
  }
}
