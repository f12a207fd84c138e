import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batchOf, unknownField } from '../../test/support/plain-spans.js';
import { Frames } from '../otlp/parts/frames.js';
import { RunLists } from '../otlp/parts/run-lists.js';
import { Blocks, blockBytes } from './blocks.js';
import { ChainReader } from './chain-reader.js';
import { Chains } from './chains.js';
import { SharedFrames } from './frames.js';
import { field, Rows } from './rows.js';

const traces = 4;

/** Lengths around those at which a varint, a copied run or a block ends. */
const length = fc.oneof(
  fc.constantFrom(0, 1, 2, 31, 32, 33, 127, 128, 500, 508, 509, 510, 511, 512, 513, 1020, 1024, 2048, 20_000),
  fc.nat(1500),
);
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      trace: fc.nat(traces - 1),
      spans: length,
      // With room for few frames, most have one of their own.
      resource: fc.constantFrom(0, 0, 3, 127, 600),
      scope: fc.constantFrom(0, 5, 511),
    }),
  },
  { weight: 1, arbitrary: fc.record({ giveBack: fc.nat(traces - 1) }) },
);

interface Recorded {
  readonly resource: string;
  readonly scope: string;
  readonly bytes: Buffer;
}

test.each([0, 1500, 1 << 20])('records come back as they went in, with %i bytes for shared frames', (frameLimit) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const blocks = new Blocks(4096);
      const rows = new Rows(traces, 1);
      const frames = new SharedFrames(frameLimit);
      const chains = new Chains(blocks, rows, frames);
      const model: Recorded[][] = Array.from({ length: traces }, () => []);
      for (let trace = 0; trace < traces; trace++) chains.open(trace);
      let written = 0;
      for (const action of steps) {
        if ('giveBack' in action) {
          chains.giveBack(action.giveBack);
          model[action.giveBack] = [];
        } else {
          const resource = unknownField(Buffer.alloc(action.resource, 1));
          const scope = unknownField(Buffer.alloc(action.scope, 2));
          const bytes = Buffer.from(Array.from({ length: action.spans }, () => written++ % 251));
          const batch = new Frames(batchOf([{ resource, scope, span: '1200' }]), new RunLists());
          const before = Buffer.from([9, 9]);
          const frame = frames.idOf(batch, 0, 0, 0);
          chains.append(action.trace, frame, Buffer.concat([before, bytes, before]), 2, 2 + bytes.length);
          model[action.trace]!.push({ resource, scope, bytes });
        }
        const reader = new ChainReader(chains, rows, frames);
        for (let trace = 0; trace < traces; trace++)
          expect(recordsOf(reader.open(trace)).map(describe)).toEqual(model[trace]!.map(describe));
        expect(blocks.used).toBe(rowsBlocks(rows));
      }
      // A reader goes on where another one is, also within a record.
      const first = new ChainReader(chains, rows, frames);
      const second = new ChainReader(chains, rows, frames);
      for (let trace = 0; trace < traces; trace++) {
        const records = model[trace]!;
        first.open(trace);
        for (let passed = 0; passed < records.length; passed++) {
          expect(first.hasMore).toBe(true);
          expect(first.next()).toBe(true);
          second.open(trace).moveTo(first);
          expect(recordsOf(second).map(describe)).toEqual(records.slice(passed + 1).map(describe));
          const { frame } = first;
          const isShared = first.frameNumber > 0;
          second.open(trace).moveTo(first);
          const follows = second.follows(frame.resource);
          const isNext = second.next() && isShared && second.frameNumber > 0;
          expect(follows).toBe(isNext && records[passed + 1]!.resource === records[passed]!.resource);
        }
        expect([first.hasMore, first.next()]).toEqual([false, false]);
        chains.giveBack(trace);
      }
      expect(blocks.used).toBe(0);
    }),
    { numRuns: 60 },
  );
});

test('blocks are used again however often traces come and go, and a chain that does not fit says so', () => {
  const limit = 64;
  const blocks = new Blocks(limit);
  const rows = new Rows(2, 1);
  const frames = new SharedFrames(0);
  const chains = new Chains(blocks, rows, frames);
  chains.open(0);
  chains.open(1);
  const large = Buffer.alloc((limit / 2) * blockBytes - 10);
  for (let round = 0; round < 1000; round++) {
    chains.append(round % 2, 0, large, 0, large.length);
    if (round > 0) chains.giveBack((round + 1) % 2);
  }
  expect(blocks.used).toBe(limit / 2);
  const memory = blocks.memory;
  expect(() => chains.append(0, 0, Buffer.alloc(limit * blockBytes), 0, limit * blockBytes)).toThrow(RangeError);
  chains.giveBack(0);
  chains.giveBack(1);
  expect([blocks.used, blocks.memory]).toEqual([0, memory]);
});

const rowsBlocks = (rows: Rows): number =>
  Array.from({ length: traces }, (_, trace) => rows.get(trace, field.blocks)).reduce((sum, count) => sum + count, 0);

/** The records behind the one that a reader is at. */
function recordsOf(reader: ChainReader): Recorded[] {
  const records: Recorded[] = [];
  while (reader.next()) {
    const { frame } = reader;
    const bytes = Buffer.alloc(reader.length + 2, 7);
    expect(reader.copy(bytes, 1)).toBe(reader.length + 1);
    expect([bytes[0], bytes.at(-1)]).toEqual([7, 7]);
    records.push({
      resource: frame.resource.toString('hex'),
      scope: frame.scope.toString('hex'),
      bytes: bytes.subarray(1, -1),
    });
  }
  return records;
}

const describe = ({ resource, scope, bytes }: Recorded): string => `${resource}/${scope}/${bytes.toString('base64')}`;
