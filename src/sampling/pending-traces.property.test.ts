import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batchOf, unknownField } from '../../test/support/plain-spans.js';
import { Frames } from '../otlp/parts/frames.js';
import { RunLists } from '../otlp/parts/run-lists.js';
import { blockBytes } from './blocks.js';
import { PendingTraces } from './pending-traces.js';
import { field } from './rows.js';

const mostTicks = 5;
const limit = 8;

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constant('store' as const),
      id: fc.nat(15),
      service: fc.nat(3),
      wait: fc.integer({ min: 1, max: mostTicks }),
      bytes: fc.constantFrom(20, 20, 300, 2000),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant('hasten' as const),
      id: fc.nat(15),
      wait: fc.integer({ min: 1, max: 3 }),
    }),
  },
  // The clock goes on, and due traces are decided behind it, by up to several turns of the ring.
  { weight: 2, arbitrary: fc.record({ what: fc.constant('tick' as const), ticks: fc.nat(20) }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('decide' as const), most: fc.nat(6) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('hurry' as const) }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('giveBack' as const), which: fc.nat() }) },
);

interface Open {
  readonly id: number;
  readonly service: number;
  readonly arrival: number;
  due: number;
  bytes: number;
}

test('traces are due once, in order, however late; the largest service is hurried; memory is given back', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), fc.constantFrom(0, 2 ** 31 - 30), (steps, start) => {
      const pending = new PendingTraces({ traces: limit, maxBytes: 1 << 20, words: 2, mostTicks });
      const ids = new Uint8Array(16 * 16);
      for (let id = 0; id < 16; id++) ids.fill(id, id * 16, (id + 1) * 16);
      const at = (id: number): number => (id === 0 ? -1 : id * 16);
      const find = (id: number): number => pending.ids.find(ids, at(id), pending.ids.hashOf(ids, at(id)));
      const batch = new Frames(batchOf([{ resource: '', scope: unknownField(ids), span: '1200' }]), new RunLists());
      /** Open traces by number, in the order of their opening. */
      const open = new Map<number, Open>();
      const closed: number[] = [];
      const services = Array.from({ length: 4 }, (_, i) => Buffer.from(`service ${i}`));
      let tick = start;
      let decided = start;
      const close = (trace: number): void => {
        pending.close(trace);
        open.delete(trace);
        closed.push(trace);
      };
      for (const action of steps) {
        if (action.what === 'store') {
          let trace = find(action.id);
          const frame = pending.frameOf(batch, 0, 0, tick);
          if (pending.roomFor(action.bytes, frame) !== 'here') continue;
          if (trace < 0) {
            const name = services[action.service]!;
            const service = pending.serviceOf(name, 0, name.length);
            const due = tick + action.wait;
            const hash = pending.ids.hashOf(ids, at(action.id));
            trace = pending.open(ids, at(action.id), hash, service, tick, due);
            expect(trace < 0).toBe(open.size + closed.length === limit);
            if (trace < 0) continue;
            open.set(trace, { id: action.id, service: action.service, arrival: tick, due, bytes: 0 });
          }
          pending.append(trace, frame, Buffer.alloc(action.bytes), 0, action.bytes, 2);
          open.get(trace)!.bytes += action.bytes;
        } else if (action.what === 'hasten') {
          const trace = find(action.id);
          if (trace < 0) continue;
          pending.hasten(trace, tick + action.wait);
          const one = open.get(trace)!;
          one.due = Math.min(one.due, tick + action.wait);
        } else if (action.what === 'tick') tick += action.ticks;
        else if (action.what === 'decide')
          for (let left = action.most; left > 0 && decided <= tick;) {
            const trace = pending.dueAt(decided);
            const due = [...open].filter(([, one]) => one.due <= decided);
            expect(trace >= 0).toBe(due.length > 0);
            if (trace < 0) {
              // As in the processor: a tick that goes on may still bring what is due at it.
              if (decided === tick) break;
              decided++;
              continue;
            }
            expect(due.map(([number]) => number)).toContain(trace);
            close(trace);
            left--;
          }
        else if (action.what === 'hurry') {
          const memory = new Map<number, number>();
          for (const [trace, { service }] of open)
            memory.set(service, (memory.get(service) ?? 0) + pending.rows.get(trace, field.blocks));
          const most = Math.max(...memory.values());
          const oldest = new Map<number, number>();
          for (const [trace, { service }] of open) if (!oldest.has(service)) oldest.set(service, trace);
          const expected = [...oldest].filter(([service]) => memory.get(service) === most).map(([, trace]) => trace);
          const trace = pending.nextToHurry;
          if (open.size === 0) expect(trace).toBe(-1);
          else expect(expected).toContain(trace);
          if (trace >= 0) close(trace);
        } else if (closed.length > 0) pending.giveBack(closed.splice(action.which % closed.length, 1)[0]!);
        for (let id = 0; id < 16; id++) {
          const [number] = [...open].find(([, one]) => one.id === id) ?? [-1];
          expect(find(id)).toBe(number);
        }
        for (const [trace, one] of open) {
          expect(pending.rows.get(trace, field.due)).toBe(one.due | 0);
          expect(pending.rows.get(trace, field.arrival)).toBe(one.arrival | 0);
          expect(pending.rows.get(trace, field.bytes)).toBeGreaterThanOrEqual(one.bytes);
        }
        expect(pending.ids.count).toBe(open.size + closed.length);
        pending.dropFrames(tick);
      }
      // All that is left falls due within one ring.
      for (tick += mostTicks; decided <= tick; decided++)
        for (let trace = pending.dueAt(decided); trace >= 0; trace = pending.dueAt(decided)) close(trace);
      expect([open.size, pending.nextToHurry]).toEqual([0, -1]);
      for (const trace of closed) pending.giveBack(trace);
      pending.dropFrames(tick + 1);
      expect([pending.usedBytes, pending.ids.count]).toEqual([0, 0]);
    }),
    { numRuns: 300 },
  );
});

test('what is said to fit does, for any size beside any chain', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(3), fc.nat(3000), fc.nat(600)), { maxLength: 200 }),
      fc.integer({ min: 1, max: 64 }),
      (records, blocks) => {
        const pending = new PendingTraces({ traces: 4, maxBytes: (blocks * blockBytes * 8) / 7, words: 1, mostTicks });
        const ids = new Uint8Array(16 * 5).map((_, i) => i >> 4);
        for (const [id, bytes, scope] of records) {
          const at = (id + 1) * 16;
          const resource = unknownField(Buffer.alloc(bytes % 700, bytes));
          const batch = batchOf([{ resource, scope: unknownField(Buffer.alloc(scope)), span: '1200' }]);
          const frame = pending.frameOf(new Frames(batch, new RunLists()), 0, 0, 0);
          if (pending.roomFor(bytes, frame) !== 'here') continue;
          const hash = pending.ids.hashOf(ids, at);
          const known = pending.ids.find(ids, at, hash);
          const trace = known >= 0 ? known : pending.open(ids, at, hash, 0, 0, 1);
          if (trace < 0) continue;
          pending.append(trace, frame, Buffer.alloc(bytes), 0, bytes, 1);
          expect(pending.usedBytes).toBeLessThanOrEqual((blocks * blockBytes * 8) / 7 + 1);
        }
      },
    ),
  );
});
