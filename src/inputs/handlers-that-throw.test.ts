import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { heldWorld, type HeldWorld } from '../../test/support/held-world.js';
import { faults } from '../component/fault.js';
import { Succession } from '../component/succession.js';
import { LogEntry } from '../entries/entry.js';
import { LineSplitter } from '../lines/line-splitter.js';
import { textEncoding, type TextEncoding } from '../lines/text-encoding.js';
import { RecordSink } from './record-sink.js';
import type { LineConnectionParts, LineTaker } from './tcp/line-connection.js';
import { TcpInput } from './tcp/tcp-input.js';
import { UdpInput } from './udp/udp-input.js';

const broken = (): never => {
  throw new Error('broken by the test');
};

let world: HeldWorld;
const uncaught: unknown[] = [];
const onUncaught = (error: unknown): void => void uncaught.push(error);
const stops: (() => unknown)[] = [];
beforeEach(() => {
  world = heldWorld({ signal: 'logs' });
  faults.use(world.context.logger);
  process.on('uncaughtException', onUncaught);
  process.on('unhandledRejection', onUncaught);
});
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
  process.off('uncaughtException', onUncaught);
  process.off('unhandledRejection', onUncaught);
  expect(uncaught.splice(0)).toEqual([]);
});

const faultLines = (): number => world.lines.filter(({ message }) => message.startsWith('A fault')).length;
const status = { failed: () => {}, succeeded: () => {} };

const splitter = (): LineSplitter =>
  new LineSplitter({
    encoding: textEncoding('utf-8') as TextEncoding,
    multiline: undefined,
    finder: undefined,
    keepLeading: false,
    keepTrailing: false,
    maxBytes: 1 << 20,
    oversize: 'split',
  });

const manyLines = 'a\n'.repeat(1000);

test.each([
  ['a line', {}, ['bad\n'], 'wait'],
  ['the rest of a connection', {}, ['bad'], 'end'],
  ['the rest of a connection that is silent', { idleMs: 5000 }, ['bad'], 'pass'],
  // So long that it is searched when it has rested.
  ['a line by a pattern', { search: 'by pattern' }, [`bad${'x'.repeat(5000)}`, '\n'], 'pass'],
  ['a line of a later turn', {}, [`${manyLines}bad\n`], 'wait'],
] as const)(
  'TCP: a handler of %s that throws costs its connection only',
  async (_what, more, [first, ...rest], then) => {
    const taken: string[] = [];
    const taker: LineTaker = {
      hasRoom: true,
      onceRoom: () => () => {},
      take(bytes, from, to) {
        const line = bytes.toString('utf8', from, to);
        if (line.startsWith('bad')) broken();
        // real time: a turn ends by it.
        if (line === 'a') for (const end = performance.now() + 0.1; performance.now() < end;);
        taken.push(line);
      },
      cut: () => {},
    };
    const input = new TcpInput(
      {
        endpoint: '127.0.0.1:0',
        tls: undefined,
        maxConnections: 0,
        framing: undefined,
        budget: world.budget,
        partsOf: (): Omit<LineConnectionParts, 'memory'> => ({
          splitter: splitter(),
          search: 'at once',
          maxBytes: 1 << 20,
          clock: world.clock,
          idleMs: Infinity,
          ...more,
        }),
        onRefused: broken,
        onHandshakeFault: broken,
      },
      taker,
    );
    await input.listen(status);
    const { port = 0 } = input.address ?? {};
    const socket = net.connect(port, '127.0.0.1').resume();
    socket.on('error', () => {});
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write(first);
    if (then === 'end') socket.end();
    if (then === 'pass') {
      await expect.poll(() => world.budget.used).toBeGreaterThan(0);
      for (const text of rest) socket.write(text);
      await expect.poll(() => world.clock.pass(1000).then(faultLines)).toBe(1);
    }
    await closed;
    await expect.poll(faultLines).toBe(1);
    const other = net.connect(port, '127.0.0.1');
    other.end('well\n');
    await expect.poll(() => taken.at(-1)).toBe('well');
    await expect.poll(() => input.open).toBe(0);
    expect(world.budget.used).toBe(0);
    await input.close(new AbortController().signal);
  },
);

test('UDP: a handler of a line that throws costs its datagram only, which counts as dropped', async () => {
  const taken: string[] = [];
  const dropped: string[] = [];
  const input = new UdpInput(
    { endpoint: '127.0.0.1:0', mostWaiting: 10, splitter: splitter(), cutsControls: false },
    {
      hasRoom: true,
      onceRoom: () => () => {},
      take(bytes, from, to) {
        const line = bytes.toString('utf8', from, to);
        if (line === 'bad') broken();
        taken.push(line);
      },
      dropped: (why) => void dropped.push(why),
    },
  );
  await input.listen(new Succession(), status);
  const client = createSocket('udp4');
  stops.push(() => client.close());
  client.connect(input.address?.port ?? 0, '127.0.0.1');
  await once(client, 'connect');
  for (const text of ['bad\nlost', 'well']) client.send(text);
  await expect.poll(() => taken).toEqual(['well']);
  expect(faultLines()).toBe(1);
  expect(dropped).toEqual(['fault']);
  await input.close(new AbortController().signal);
});

test('an operator that throws when its time has come does not end the process, and records leave later', async () => {
  let flushes = 0;
  const chain = {
    process: (entry: LogEntry, add: (entry: LogEntry) => void) => add(entry),
    flush: () => {
      if (++flushes === 1) broken();
    },
    dueAt: () => Infinity,
  };
  let records = 0;
  const sink = new RecordSink(
    { ...world.context, kind: 'receiver' } as never,
    {
      consume: (batch) => {
        records += batch.itemCount;
        return Promise.resolve();
      },
    },
    { retry: { enabled: false } as never, chain: chain as never, mostUnderWay: 1 },
  );
  const entry = new LogEntry();
  sink.take(entry);
  await world.clock.pass(1000);
  expect(faultLines()).toBe(1);
  expect(records).toBe(1);
  await sink.stop(AbortSignal.abort());
});

test('a listener to batches that throws does not end the process, and leaves room for the next batch', async () => {
  let batches = 0;
  let records = 0;
  const sink = new RecordSink(
    { ...world.context, kind: 'receiver' } as never,
    {
      consume: (batch) => {
        records += batch.itemCount;
        return Promise.resolve();
      },
    },
    {
      retry: { enabled: false } as never,
      chain: {
        process: (one: LogEntry, add: (one: LogEntry) => void) => add(one),
        flush: () => {},
        dueAt: () => Infinity,
      } as never,
      mostUnderWay: 1,
      // At its begin, and then at its end.
      onBatch: () => (++batches === 1 ? broken() : batches === 2 ? broken : () => {}),
    },
  );
  const entry = new LogEntry();
  sink.take(entry);
  // The first attempt has failed, and the record leaves by the next one, whose end throws.
  await expect.poll(() => world.clock.pass(1000).then(() => records)).toBe(1);
  sink.take(entry);
  await expect.poll(() => world.clock.pass(1000).then(() => records)).toBe(2);
  await sink.stop(AbortSignal.abort());
  expect(batches).toBe(3);
  expect(faultLines()).toBe(1);
  expect(sink.isIdle).toBe(true);
  expect(world.budget.used).toBe(0);
});
