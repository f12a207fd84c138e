import http2 from 'node:http2';
import net from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { HeldClock } from '../../../test/support/held-world.js';
import { block, frame, prefaceBytes, RawClient, uint32 } from '../../../test/support/raw-http2.js';
import { freePorts } from '../../../test/support/program.js';
import { defaultKeepalive, type KeepalivePolicy } from './keepalive.js';
import { Http2Server, type Http2Request } from './server.js';

const type = {
  data: 0,
  headers: 1,
  priority: 2,
  rst: 3,
  settings: 4,
  push: 5,
  ping: 6,
  goaway: 7,
  window: 8,
  continuation: 9,
} as const;
const code = {
  protocol: 1,
  flowControl: 3,
  streamClosed: 5,
  frameSize: 6,
  refused: 7,
  cancel: 8,
  compression: 9,
  calm: 11,
} as const;
const post = block([':method', 'POST', ':scheme', 'http', ':path', '/x', ':authority', 'a']);

let stop: (() => Promise<void>) | undefined;
afterEach(async () => {
  await stop?.();
  stop = undefined;
});

/** A server that answers each request, once it is whole, with its body's size. */
async function serve(
  options: {
    clock?: HeldClock;
    keepalive?: Partial<KeepalivePolicy>;
    maxConcurrentStreams?: number;
    hold?: boolean;
  } = {},
): Promise<{
  port: number;
  server: Http2Server;
  held: Http2Request[];
  gone: () => number;
}> {
  const [port = 0] = await freePorts(1);
  const held: Http2Request[] = [];
  let gone = 0;
  const server = new Http2Server({
    tls: undefined,
    maxConcurrentStreams: options.maxConcurrentStreams ?? 0,
    ...(options.clock ? { clock: options.clock } : {}),
    keepalive: { ...defaultKeepalive, pingWithoutStream: true, leastPingMs: 0, ...options.keepalive },
    random: () => 0.5,
    onRequest: (request) => {
      let size = 0;
      request.receive({
        onData: (_bytes, from, to) => {
          size += to - from;
        },
        onEnd: () => {
          if (options.hold) held.push(request);
          else request.respond([':status', '200'], Buffer.from(String(size)), ['done', 'yes']);
        },
        onGone: () => {
          gone++;
        },
      });
    },
  });
  await server.listen({ endpoint: `127.0.0.1:${port}`, transport: 'tcp' });
  stop = () => server.close(AbortSignal.abort());
  return { port, server, held, gone: () => gone };
}

test('a request is answered with a body and trailers, whatever frames it came in', async () => {
  const { port } = await serve();
  const client = new RawClient(port).open();
  client.send(
    frame(type.headers, 0x4, 1, post),
    frame(type.data, 0x8, 1, Buffer.concat([Buffer.from([3]), Buffer.from('hello'), Buffer.alloc(3)])),
    frame(type.data, 0, 1, Buffer.from(' you')),
    frame(0xee, 0xff, 1, Buffer.from('an extension')),
    frame(type.headers, 0x5, 1, block(['a-trailer', 'x'])),
  );
  expect((await client.find((one) => one.type === type.data))?.payload.toString()).toBe('9');
  expect(await client.find((one) => one.type === type.headers && (one.flags & 1) === 1)).toBeDefined();
});

test('bytes that come one at a time are the same request', async () => {
  const { port } = await serve();
  const client = new RawClient(port);
  client.socket.setNoDelay(true);
  const all = Buffer.concat([
    prefaceBytes,
    frame(type.settings, 0, 0),
    frame(type.headers, 0x0, 1, post.subarray(0, 7)),
    frame(type.continuation, 0x4, 1, post.subarray(7)),
    frame(type.data, 0x9, 1, Buffer.concat([Buffer.from([2]), Buffer.from('abc'), Buffer.alloc(2)])),
  ]);
  for (const byte of all) {
    client.send(Buffer.from([byte]));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect((await client.find((one) => one.type === type.data))?.payload.toString()).toBe('3');
});

test('node:http2 and 20 MB: windows are topped up, and many streams share the connection', async () => {
  const { port } = await serve();
  const session = http2.connect(`http://127.0.0.1:${port}`, { maxSessionMemory: 1000 });
  const ask = (size: number): Promise<string> =>
    new Promise((resolve, reject) => {
      const stream = session.request({ ':method': 'POST', ':path': '/x' });
      let body = '';
      stream.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      stream.on('trailers', (trailers) => resolve(`${body} ${String(trailers['done'])}`));
      stream.on('error', reject);
      stream.end(Buffer.alloc(size, 1));
    });
  const sizes = [20_000_000, 0, 1, 16_384, 16_385, 1_048_576, 3_000_000];
  expect(await Promise.all(sizes.map(ask))).toEqual(sizes.map((size) => `${size} yes`));
  session.close();
});

/** 4 KB go into the table once, then 12,000 bytes refer to it: 48 MB of fields. */
const bomb = Buffer.concat([
  post,
  Buffer.from([0x40, 0x01, 0x62, 0x7f, 0x81, 0x1e]),
  Buffer.alloc(3968, 0x61),
  Buffer.alloc(12_000, 0xbe),
]);
const opened = [prefaceBytes, frame(type.settings, 0, 0)];
const many = (count: number, make: (i: number) => Buffer): Buffer[] => Array.from({ length: count }, (_, i) => make(i));

test.each<[string, number, Buffer[]]>([
  ['a preface that is not HTTP/2', code.protocol, [Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n')]],
  ['a first frame that is not SETTINGS', code.protocol, [prefaceBytes, frame(type.ping, 0, 0, Buffer.alloc(8))]],
  ['a frame larger than allowed', code.frameSize, [...opened, frame(type.data, 0, 1, Buffer.alloc(16_385))]],
  [
    'rapid reset',
    code.calm,
    [
      ...opened,
      ...many(1200, (i) =>
        Buffer.concat([frame(type.headers, 0x4, 2 * i + 1, post), frame(type.rst, 0, 2 * i + 1, uint32(8))]),
      ),
    ],
  ],
  [
    'the server-side variant: streams that it is made to reset',
    code.calm,
    [
      ...opened,
      ...many(1200, (i) =>
        Buffer.concat([frame(type.headers, 0x4, 2 * i + 1, post), frame(type.window, 0, 2 * i + 1, uint32(0))]),
      ),
    ],
  ],
  [
    'requests that are malformed, again and again',
    code.calm,
    [...opened, ...many(1200, (i) => frame(type.headers, 0x5, 2 * i + 1, block([':method', 'POST'])))],
  ],
  [
    'a CONTINUATION flood of empty frames',
    code.calm,
    [...opened, frame(type.headers, 0, 1, post), ...many(100, () => frame(type.continuation, 0, 1))],
  ],
  [
    'a header block without end',
    code.calm,
    [
      ...opened,
      frame(type.headers, 0, 1, post),
      ...many(5, () => frame(type.continuation, 0, 1, Buffer.alloc(16_384))),
    ],
  ],
  ['a flood of SETTINGS', code.calm, [...opened, ...many(11_000, () => frame(type.settings, 0, 0))]],
  ['a flood of PING', code.calm, [...opened, ...many(11_000, () => frame(type.ping, 0, 0, Buffer.alloc(8)))]],
  ['a flood of PRIORITY', code.calm, [...opened, ...many(11_000, () => frame(type.priority, 0, 1, Buffer.alloc(5)))]],
  ['a flood of unknown frames', code.calm, [...opened, ...many(11_000, () => frame(0x77, 0, 1))]],
  [
    'a flood of empty DATA',
    code.calm,
    [...opened, frame(type.headers, 0x4, 1, post), ...many(22_000, () => frame(type.data, 0, 1))],
  ],
  [
    'an overflow of the window of the connection',
    code.flowControl,
    [...opened, frame(type.window, 0, 0, uint32(0x7fffffff))],
  ],
  ['PUSH_PROMISE', code.protocol, [...opened, frame(type.push, 0x4, 1, Buffer.alloc(4))]],
  ['an index that no table has', code.compression, [...opened, frame(type.headers, 0x5, 1, Buffer.from([0xff, 0x20]))]],
  [
    'a size update beyond the limit',
    code.compression,
    [...opened, frame(type.headers, 0x5, 1, Buffer.from([0x3f, 0xe2, 0x1f]))],
  ],
  [
    'a string that ends beyond its block',
    code.compression,
    [...opened, frame(type.headers, 0x5, 1, Buffer.from([0x40, 0x7f, 0xff, 0x01]))],
  ],
  [
    'an integer without end',
    code.compression,
    [...opened, frame(type.headers, 0x5, 1, Buffer.concat([Buffer.from([0xff]), Buffer.alloc(50, 0xff)]))],
  ],
  [
    'Huffman padding that is too long',
    code.compression,
    [...opened, frame(type.headers, 0x5, 1, Buffer.from([0x40, 0x82, 0xff, 0xff, 0x01, 0x61]))],
  ],
])('%s ends the connection with its code, and the server goes on', async (_name, expected, bytes) => {
  // Its budget for such frames grows with time, of which a busy machine takes much for some thousand frames.
  const { port } = await serve({ clock: new HeldClock() });
  const client = new RawClient(port).send(...bytes);
  expect(await client.goaway()).toBe(expected);
  await client.find(() => false);
  expect(client.closed).toBe(true);
  const next = new RawClient(port).open().send(frame(type.headers, 0x5, 1, post));
  expect((await next.find((one) => one.type === type.data))?.payload.toString()).toBe('0');
});

test('a list of fields that unpacks to more than allowed is refused with 431, and the connection goes on', async () => {
  const { port } = await serve();
  const client = new RawClient(port).open().send(frame(type.headers, 0x5, 1, bomb));
  const answer = await client.find((one) => one.type === type.headers && one.stream === 1);
  expect(answer?.payload.toString('latin1')).toContain('431');
  client.send(frame(type.headers, 0x5, 3, post));
  expect((await client.find((one) => one.type === type.data && one.stream === 3))?.payload.toString()).toBe('0');
});

test('more streams than allowed are refused, in a way that lets the client send them again', async () => {
  const { port, held } = await serve({ maxConcurrentStreams: 2, hold: true });
  const client = new RawClient(port).open();
  for (const id of [1, 3, 5]) client.send(frame(type.headers, 0x5, id, post));
  expect(await client.reset(5)).toBe(code.refused);
  for (const request of held) request.respondOnly([':status', '200']);
  await client.find((one) => one.type === type.headers && one.stream === 3);
  client.send(frame(type.headers, 0x5, 7, post));
  await client.settled();
  expect(held).toHaveLength(3);
});

test('content beyond content-length or the window costs the stream and not the others', async () => {
  // What is answered has some seconds to end its content, of which there is 1 MiB here.
  const { port } = await serve({ clock: new HeldClock() });
  const client = new RawClient(port).open();
  client.send(
    frame(type.headers, 0x4, 1, Buffer.concat([post, block(['content-length', '3'])])),
    frame(type.data, 0, 1, Buffer.alloc(4)),
  );
  expect(await client.reset(1)).toBe(code.protocol);
  // Too long a list of fields is answered at once, and what is answered is given no more window than the first 1 MiB.
  client.send(frame(type.headers, 0x4, 3, bomb));
  client.send(...many(66, () => frame(type.data, 0, 3, Buffer.alloc(16_384))));
  expect(await client.reset(3)).toBe(code.flowControl);
  client.send(frame(type.headers, 0x5, 5, post));
  expect((await client.find((one) => one.type === type.data && one.stream === 5))?.payload.toString()).toBe('0');
});

test('a response waits for the window it is given, and goes out byte by byte if need be', async () => {
  const { port, held } = await serve({ hold: true });
  const client = new RawClient(port).send(prefaceBytes, frame(type.settings, 0, 0, Buffer.from([0, 4, 0, 0, 0, 0])));
  client.send(frame(type.headers, 0x5, 1, post));
  await client.settled();
  held[0]?.respond([':status', '200'], Buffer.from('abc'), ['done', 'yes']);
  await client.settled();
  expect(client.seen.filter((one) => one.type === type.data)).toEqual([]);
  client.send(frame(type.window, 0, 1, uint32(1)));
  await client.find((one) => one.type === type.data);
  client.send(frame(type.settings, 0, 0, Buffer.from([0, 4, 0, 0, 0, 1])));
  await client.find((one) => one.type === type.data && one.payload.toString() === 'b');
  client.send(frame(type.window, 0, 1, uint32(5)));
  await client.find((one) => one.type === type.headers && (one.flags & 1) === 1);
  const content = client.seen.filter((one) => one.type === type.data).map((one) => one.payload.toString());
  expect(content).toEqual(['a', 'b', 'c']);
});

test('a window that shrinks below zero must be filled first', async () => {
  const { port, held } = await serve({ hold: true });
  const client = new RawClient(port).send(prefaceBytes, frame(type.settings, 0, 0, Buffer.from([0, 4, 0, 0, 0, 2])));
  client.send(frame(type.headers, 0x5, 1, post));
  await client.settled();
  held[0]?.respond([':status', '200'], Buffer.from('abcdef'), ['done', 'yes']);
  await client.find((one) => one.type === type.data);
  client.send(frame(type.settings, 0, 0, Buffer.from([0, 4, 0, 0, 0, 0])), frame(type.window, 0, 1, uint32(2)));
  await client.settled();
  expect(client.seen.filter((one) => one.type === type.data)).toHaveLength(1);
  client.send(frame(type.window, 0, 1, uint32(3)));
  await client.find((one) => one.type === type.data && one.payload.toString() === 'cde');
});

test('a client that does not open its connection, or not finish its header block, is cut off in time', async () => {
  const clock = new HeldClock();
  const { port } = await serve({ clock });
  const silent = new RawClient(port).send(prefaceBytes);
  // In one piece, so that the header block is there once SETTINGS are acknowledged. A PING within it would be a fault.
  const slow = new RawClient(port).send(prefaceBytes, frame(type.settings, 0, 0), frame(type.headers, 0, 1, post));
  await slow.find((one) => one.type === type.settings && (one.flags & 1) === 1);
  await silent.find((one) => one.type === type.settings);
  await clock.pass(9000);
  expect(slow.seen.some((one) => one.type === type.goaway)).toBe(false);
  await clock.pass(4000);
  expect(await slow.goaway()).toBe(code.calm);
  await clock.pass(121_000);
  await silent.find(() => false);
  expect(silent.closed).toBe(true);
});

test('a stream that was answered early is reset when its sender goes on for long', async () => {
  const clock = new HeldClock();
  const [port = 0] = await freePorts(1);
  const server = new Http2Server({
    tls: undefined,
    maxConcurrentStreams: 0,
    clock,
    onRequest: (r) => r.respondOnly([':status', '415']),
  });
  await server.listen({ endpoint: `127.0.0.1:${port}`, transport: 'tcp' });
  stop = () => server.close(AbortSignal.abort());
  const client = new RawClient(port)
    .open()
    .send(frame(type.headers, 0x4, 1, post), frame(type.data, 0, 1, Buffer.from('more')));
  await client.find((one) => one.type === type.headers);
  await client.settled();
  await clock.pass(8000);
  expect(await client.reset(1)).toBe(0);
  // Frames that were still in flight are ignored.
  client.send(frame(type.data, 0, 1, Buffer.from('late')));
  await client.settled();
  expect(client.seen.filter((one) => one.type === type.rst)).toHaveLength(1);
});

test('a stream whose client gives no window for long is reset, one that gets on slowly is not', async () => {
  const clock = new HeldClock();
  const { port, gone } = await serve({ clock });
  const client = new RawClient(port).send(prefaceBytes, frame(type.settings, 0, 0, Buffer.from([0, 4, 0, 0, 0, 0])));
  client.send(frame(type.headers, 0x4, 1, post), frame(type.data, 1, 1, Buffer.alloc(10)));
  client.send(frame(type.headers, 0x5, 3, post));
  await client.settled();
  await clock.pass(50_000);
  client.send(frame(type.window, 0, 1, uint32(1)));
  await client.find((one) => one.type === type.data && one.payload.toString() === '1');
  expect(client.seen.some((one) => one.type === type.rst)).toBe(false);
  await clock.pass(20_000);
  expect(await client.reset(3)).toBe(code.cancel);
  expect(gone()).toBe(1);
  await clock.pass(30_000);
  client.send(frame(type.window, 0, 1, uint32(1)));
  await client.find((one) => one.type === type.data && one.payload.toString() === '0');
});

/** A server that answers each request by many header fields, and the socket of its one connection. */
async function serveFields(clock: HeldClock): Promise<{
  readonly port: number;
  readonly seen: { requests: number; most: number; socket: net.Socket | undefined };
}> {
  const seen: { requests: number; most: number; socket: net.Socket | undefined } = {
    requests: 0,
    most: 0,
    socket: undefined,
  };
  const server = new Http2Server({
    tls: undefined,
    maxConcurrentStreams: 0,
    clock,
    onRequest: (request) => {
      // Another value each time, so that it is written out.
      request.respondOnly([':status', '200', 'x', `${seen.requests++}${'x'.repeat(1000)}`]);
      seen.most = Math.max(seen.most, seen.socket?.writableLength ?? 0);
    },
  });
  const listening = net.createServer((socket) => {
    seen.socket = socket;
    server.accept(socket);
  });
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  stop = async () => {
    listening.close();
    await server.close(AbortSignal.abort());
  };
  return { port: (listening.address() as net.AddressInfo).port, seen };
}

const manyRequests = 40_000;
const asked = (): Buffer[] => many(manyRequests, (i) => frame(type.headers, 0x5, 2 * i + 1, post));

test('a client that does not read is read no further, and all is answered once it reads', async () => {
  const { port, seen } = await serveFields(new HeldClock());
  const client = new RawClient(port).open();
  await client.settled();
  client.socket.pause();
  client.send(...asked());
  await expect.poll(() => seen.socket?.isPaused()).toBe(true);
  expect(seen.requests).toBeLessThan(manyRequests);
  client.socket.resume();
  await client.find((one) => one.stream === 2 * manyRequests - 1);
  expect(seen.requests).toBe(manyRequests);
  // What one read brings is answered still.
  expect(seen.most).toBeLessThan(8 << 20);
});

test('a connection whose client reads nothing for long is ended, one that reads goes on', async () => {
  const clock = new HeldClock();
  const { port, seen } = await serveFields(clock);
  const client = new RawClient(port).open();
  await client.settled();
  client.socket.pause();
  client.send(...asked());
  await expect.poll(() => seen.socket?.isPaused()).toBe(true);
  await clock.pass(50_000);
  expect(seen.socket?.destroyed).toBe(false);
  // The kernel may have taken a part only now.
  await expect.poll(() => clock.pass(62_000).then(() => seen.socket?.destroyed)).toBe(true);
});

test('a client that leaves in the middle of a request ends its stream, which is reported', async () => {
  const { port, gone } = await serve();
  const client = new RawClient(port)
    .open()
    .send(frame(type.headers, 0x4, 1, post), frame(type.data, 0, 1, Buffer.from('half')));
  await client.settled();
  client.socket.destroy();
  await expect.poll(gone).toBe(1);
});

test('closing lets a running request end and takes no further one', async () => {
  const { port, server, held } = await serve({ hold: true });
  const client = new RawClient(port).open().send(frame(type.headers, 0x5, 1, post));
  await client.settled();
  const closed = server.close(new AbortController().signal);
  const first = await client.find((one) => one.type === type.goaway);
  expect(first?.payload.readUInt32BE(0)).toBe(0x7fffffff);
  const ping = await client.find((one) => one.type === type.ping && (one.flags & 1) === 0);
  client.send(frame(type.ping, 1, 0, ping?.payload));
  const last = await client.find((one) => one.type === type.goaway && one.payload.readUInt32BE(0) === 1);
  expect(last?.payload.readUInt32BE(4)).toBe(0);
  held[0]?.respond([':status', '200'], Buffer.from('late but whole'), ['done', 'yes']);
  expect((await client.find((one) => one.type === type.data))?.payload.toString()).toBe('late but whole');
  await closed;
  await client.find(() => false);
  expect(client.closed).toBe(true);
});

test('a port scan or a half-open socket does no harm', async () => {
  const { port } = await serve();
  const socket = net.connect(port, '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.end();
  await new Promise((resolve) => socket.resume().once('close', resolve));
  const client = new RawClient(port).open().send(frame(type.headers, 0x5, 1, post));
  expect((await client.find((one) => one.type === type.data))?.payload.toString()).toBe('0');
});

test('a connection above its maximum age gets GOAWAY, ends its last request, and is cut after the grace', async () => {
  const clock = new HeldClock();
  const { port, held } = await serve({ clock, hold: true, keepalive: { ageMs: 60_000, graceMs: 5000 } });
  // One after the other, so that the first held request is that of `client`.
  const client = new RawClient(port).open().send(frame(type.headers, 0x5, 1, post));
  await client.settled();
  const stuck = new RawClient(port).open().send(frame(type.headers, 0x5, 1, post));
  await stuck.settled();
  await clock.pass(59_000);
  await client.settled();
  expect(client.seen.some((one) => one.type === type.goaway)).toBe(false);
  await clock.pass(2000);
  expect(await client.goaway()).toBe(0);
  const ping = await client.find((one) => one.type === type.ping && (one.flags & 1) === 0);
  client.send(frame(type.ping, 1, 0, ping?.payload));
  await client.find((one) => one.type === type.goaway && one.payload.readUInt32BE(0) === 1);
  held[0]?.respond([':status', '200'], Buffer.from('whole'), ['done', 'yes']);
  expect((await client.find((one) => one.type === type.data))?.payload.toString()).toBe('whole');
  await client.find(() => false);
  expect(stuck.closed).toBe(false);
  await clock.pass(6000);
  await stuck.find(() => false);
});

test('a connection without requests is ended, one with requests is not', async () => {
  const clock = new HeldClock();
  const { port } = await serve({ clock, hold: true, keepalive: { idleMs: 10_000 } });
  const idle = new RawClient(port).open();
  const busy = new RawClient(port).open().send(frame(type.headers, 0x5, 1, post));
  await Promise.all([idle.settled(), busy.settled()]);
  await clock.pass(12_000);
  expect(await idle.goaway()).toBe(0);
  await busy.settled();
  expect(busy.seen.some((one) => one.type === type.goaway)).toBe(false);
});

test('a client that is silent is asked, and one that does not answer is cut', async () => {
  const clock = new HeldClock();
  const { port } = await serve({ clock, keepalive: { pingAfterMs: 10_000, pingTimeoutMs: 4000 } });
  const dead = new RawClient(port).open();
  const alive = new RawClient(port).open();
  await Promise.all([dead.settled(), alive.settled()]);
  await clock.pass(11_000);
  const asked = await alive.find((one) => one.type === type.ping && (one.flags & 1) === 0);
  await dead.find((one) => one.type === type.ping && (one.flags & 1) === 0);
  await alive.send(frame(type.ping, 1, 0, asked?.payload)).settled();
  await clock.pass(5000);
  await dead.find(() => false);
  await alive.settled();
  expect(alive.closed).toBe(false);
});

test('a client that pings too often is cut off with too_many_pings, but not while replies are sent', async () => {
  const { port } = await serve({ keepalive: { leastPingMs: 60_000, pingWithoutStream: true } });
  const ping = frame(type.ping, 0, 0, Buffer.alloc(8));
  const polite = new RawClient(port).open();
  for (let i = 0; i < 10; i++) {
    polite.send(frame(type.headers, 0x5, 2 * i + 1, post));
    await polite.find((one) => one.type === type.data && one.stream === 2 * i + 1);
    polite.send(ping);
  }
  await polite.find((one) => one.type === type.ping);
  expect(polite.seen.some((one) => one.type === type.goaway)).toBe(false);
  const rude = new RawClient(port).open().send(ping, ping, ping);
  await rude.find((one) => one.type === type.ping);
  expect(rude.seen.some((one) => one.type === type.goaway)).toBe(false);
  rude.send(ping);
  expect(await rude.goaway()).toBe(code.calm);
  expect(
    rude.seen
      .find((one) => one.type === type.goaway)
      ?.payload.subarray(8)
      .toString(),
  ).toBe('too_many_pings');
});
