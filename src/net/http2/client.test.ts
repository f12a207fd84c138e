import { randomBytes } from 'node:crypto';
import http2 from 'node:http2';
import net from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { Cancellation } from '../../component/cancellation.js';
import { block, frame, frames, prefaceBytes, uint32 } from '../../../test/support/raw-http2.js';
import { HeldClock } from '../../testing/held-clock.js';
import { Http2Connection } from './client.js';

const type = { data: 0, headers: 1, rst: 3, settings: 4, push: 5, ping: 6, goaway: 7, window: 8 } as const;
const post = [':method', 'POST', ':scheme', 'http', ':authority', 'a', ':path', '/x'];
const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

function portOf(server: net.Server): number {
  return (server.address() as net.AddressInfo).port;
}

/** Its clock stands still, so that no time limit of it is reached unless a test moves the clock. */
async function connect(port: number, clock: HeldClock = new HeldClock()): Promise<Http2Connection> {
  const connection = await Http2Connection.connect({
    address: { host: '127.0.0.1', port },
    authority: `127.0.0.1:${port}`,
    tls: undefined,
    connectTimeoutMs: 2000,
    clock,
  });
  stops.push(() => connection.destroy('the test is over'));
  return connection;
}

/** The node:http2 server, which has nothing of ours. */
async function peer(
  settings: http2.Settings,
  answer: (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => void,
): Promise<number> {
  const server = http2.createServer({ settings, maxSessionMemory: 1000 });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    answer(stream, headers);
  });
  server.on('session', (session) => stops.push(() => session.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(() => server.close());
  return portOf(server);
}

interface LyingServer {
  readonly port: number;
  readonly sockets: net.Socket[];
  /** Resolves when `count` frames of a type have come. */
  arrived(frameType: number, count?: number): Promise<void>;
}

/** A server that says what the test wants once it has the preface, and shows what it was sent. */
async function lying(...bytes: Uint8Array[]): Promise<LyingServer> {
  let received = Buffer.alloc(0);
  const sockets: net.Socket[] = [];
  const server = net.createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
    });
    socket.write(Buffer.concat([frame(type.settings, 0, 0), ...bytes]));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return {
    port: portOf(server),
    sockets,
    arrived: (frameType, count = 1) =>
      expect
        .poll(
          () => frames(received.subarray(prefaceBytes.length)).frames.filter((one) => one.type === frameType).length,
        )
        .toBeGreaterThanOrEqual(count),
  };
}

function echo(stream: http2.ServerHttp2Stream): void {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('end', () => {
    stream.respond({ ':status': 200, 'x-head': 'one' }, { waitForTrailers: true });
    stream.on('wantTrailers', () =>
      stream.sendTrailers({ 'x-tail': 'two', 'x-sum': String(sum(Buffer.concat(chunks))) }),
    );
    stream.end('ok');
  });
}

function sum(bytes: Uint8Array): number {
  let total = bytes.length;
  for (const byte of bytes) total = (total * 31 + byte) | 0;
  return total;
}

test.each<[string, http2.Settings]>([
  ['windows of 64 KiB', {}],
  ['windows of one byte', { initialWindowSize: 1 }],
  ['windows and frames that are large', { initialWindowSize: 1 << 24, maxFrameSize: 1 << 20 }],
])('many bodies of many parts arrive whole through %s', async (_name, settings) => {
  const port = await peer(settings, echo);
  const connection = await connect(port);
  const scale = settings.initialWindowSize === 1 ? 0 : 1;
  const bodies = [0, 1, 100 * scale, 1023, 16_384 * scale, 3_000_000 * scale].map((size) => randomBytes(size));
  const replies = await Promise.all(
    bodies.map((body) => {
      const cut = Math.floor(body.length / 3);
      return connection.request(post, [body.subarray(0, cut), body.subarray(cut, cut), body.subarray(cut)], undefined);
    }),
  );
  for (const [i, reply] of replies.entries()) {
    expect(reply).toMatchObject({ status: 200, reset: undefined, fault: undefined });
    expect(Buffer.from(reply.body).toString()).toBe('ok');
    expect(reply.fields).toMatchObject({ 'x-head': 'one', 'x-tail': 'two', 'x-sum': String(sum(bodies[i] as Buffer)) });
  }
});

test('no more streams than the server allows: the others wait their turn', async () => {
  const running: http2.ServerHttp2Stream[] = [];
  let come = 0;
  let most = 0;
  const port = await peer({ maxConcurrentStreams: 3 }, (stream) => {
    stream.resume();
    most = Math.max(most, running.push(stream));
    if (++come < 20 && running.length !== 3) return;
    // All that the client sends beside them has come when its answer to the PING has.
    stream.session?.ping(() => {
      for (const one of running.splice(0)) {
        one.respond({ ':status': 200 });
        one.end();
      }
    });
  });
  const connection = await connect(port);
  const replies = await Promise.all(
    Array.from({ length: 20 }, () => connection.request(post, [Buffer.from('x')], undefined)),
  );
  expect(replies.map((reply) => reply.status)).toEqual(Array.from({ length: 20 }, () => 200));
  expect(most).toBe(3);
});

test('a response that comes before the body was sent is the response', async () => {
  const port = await peer({ initialWindowSize: 10 }, (stream) => {
    stream.respond({ ':status': 413, 'grpc-status': '8' }, { endStream: true });
  });
  const connection = await connect(port);
  expect(await connection.request(post, [Buffer.alloc(1_000_000)], undefined)).toMatchObject({
    status: 413,
    fault: undefined,
    reset: undefined,
  });
  expect(connection.usable).toBe(true);
});

test('a caller that goes resets its stream, and the connection stays', async () => {
  const cancellation = new Cancellation();
  let code: number | undefined;
  const port = await peer({}, (stream, headers) => {
    if (headers[':path'] === '/y') return echo(stream);
    stream.on('close', () => (code = stream.rstCode));
    cancellation.abort('sender');
  });
  const connection = await connect(port);
  expect((await connection.request(post, [Buffer.from('x')], cancellation)).fault).toEqual({ kind: 'aborted' });
  expect((await connection.request([...post.slice(0, 6), ':path', '/y'], [], undefined)).status).toBe(200);
  await expect.poll(() => code).toBe(8);
});

test('a reply larger than 4 MiB is cut off', async () => {
  const port = await peer({}, (stream) => {
    stream.respond({ ':status': 200 });
    stream.end(Buffer.alloc(5 << 20));
  });
  const connection = await connect(port);
  expect((await connection.request(post, [], undefined)).fault).toEqual({ kind: 'too_large', limit: 4 << 20 });
});

test('GOAWAY: unprocessed requests are distinguished from lost ones', async () => {
  const { port, sockets, arrived } = await lying();
  const connection = await connect(port);
  const first = connection.request(post, [Buffer.from('one')], undefined);
  const second = connection.request(post, [Buffer.from('two')], undefined);
  await arrived(type.data, 2);
  sockets[0]?.write(frame(type.goaway, 0, 0, Buffer.concat([uint32(1), uint32(0)])));
  expect((await second).reset).toBe(7);
  expect(connection.usable).toBe(false);
  sockets[0]?.write(frame(type.headers, 0x5, 1, block([':status', '200', 'grpc-status', '0'])));
  expect(await first).toMatchObject({ status: 200, fault: undefined });
});

test('the memory of a request is reported as free only when all of it has left', async () => {
  const whole = await connect(await peer({}, echo));
  expect((await whole.request(post, [Buffer.alloc(300_000, 1)], undefined)).written).toBe(true);
  const { port, sockets, arrived } = await lying();
  const early = await connect(port);
  const reply = early.request(post, [Buffer.alloc(300_000, 1)], undefined);
  await arrived(type.data);
  sockets[0]?.write(frame(type.headers, 0x5, 1, block([':status', '200', 'grpc-status', '0'])));
  expect(await reply).toMatchObject({ status: 200, written: false });
});

test('a server that vanishes fails the running requests with a clear error', async () => {
  const { port, sockets, arrived } = await lying();
  const connection = await connect(port);
  const lost = new Promise<void>((resolve) => connection.onClose(resolve));
  const reply = connection.request(post, [Buffer.from('x')], undefined);
  await arrived(type.data);
  sockets[0]?.resetAndDestroy();
  expect((await reply).fault).toMatchObject({ kind: 'connection' });
  await lost;
  expect((await connection.request(post, [], undefined)).fault).toMatchObject({ kind: 'connection' });
});

test.each<[string, Uint8Array[]]>([
  ['a response without status', [frame(type.headers, 0x5, 1, block(['a', 'b']))]],
  ['a response with an upper-case name', [frame(type.headers, 0x5, 1, block([':status', '200', 'Upper', 'b']))]],
  ['a header block that is broken', [frame(type.headers, 0x5, 1, Buffer.from([0x80]))]],
  ['PUSH_PROMISE', [frame(type.push, 0x4, 1, Buffer.concat([uint32(2), block([':method', 'GET'])]))]],
  ['DATA before any header', [frame(type.window, 0, 1, uint32(0))]],
  ['a frame beyond the limit', [frame(type.data, 0, 1, Buffer.alloc(20_000))]],
  ['DATA on a stream that it opened itself', [frame(type.data, 0, 2, Buffer.alloc(2))]],
  ['a flood of PING', Array.from({ length: 11_000 }, () => frame(type.ping, 0, 0, Buffer.alloc(8)))],
  ['an end without a response', [frame(type.rst, 0, 1, uint32(0))]],
])('a lying server, %s: the request fails and nothing else happens', async (_name, bytes) => {
  const { port, sockets, arrived } = await lying();
  const connection = await connect(port);
  const reply = connection.request(post, [Buffer.from('x')], undefined);
  await arrived(type.data);
  sockets[0]?.write(Buffer.concat(bytes));
  const { status, fault, reset } = await reply;
  expect(status).toBe(0);
  expect(fault !== undefined || reset !== undefined).toBe(true);
});

test('the reason why a connection cannot be made is reported', async () => {
  const clock = new HeldClock();
  const silent = net.createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  stops.push(() => silent.close());
  const attempt = (port: number): Promise<unknown> =>
    Http2Connection.connect({
      address: { host: '127.0.0.1', port },
      authority: 'a',
      tls: undefined,
      connectTimeoutMs: 50,
      clock,
    }).catch((error: Error) => error.message);
  const timedOut = attempt(portOf(silent));
  await clock.pass(50);
  expect(await timedOut).toMatch(/i\/o timeout/);
  const closing = net.createServer((socket) => socket.end());
  await new Promise<void>((resolve) => closing.listen(0, '127.0.0.1', resolve));
  stops.push(() => closing.close());
  expect(await attempt(portOf(closing))).toMatch(/closed the connection before it said anything in HTTP\/2/);
  const http1 = net.createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  await new Promise<void>((resolve) => http1.listen(0, '127.0.0.1', resolve));
  stops.push(() => http1.close());
  expect(await attempt(portOf(http1))).toMatch(/^the server speaks HTTP\/1.1, not HTTP\/2/);
});

test('PING is answered, or not', async () => {
  const connection = await connect(await peer({}, echo));
  expect(await connection.ping(2000)).toBe(true);
  const { port } = await lying();
  const clock = new HeldClock();
  const unanswered = (await connect(port, clock)).ping(30);
  await clock.pass(30);
  expect(await unanswered).toBe(false);
});

test('closing lets the running request end', async () => {
  let arrived: (stream: http2.ServerHttp2Stream) => void;
  const running = new Promise<http2.ServerHttp2Stream>((resolve) => (arrived = resolve));
  const connection = await connect(await peer({}, (stream) => arrived(stream.resume())));
  const reply = connection.request(post, [Buffer.from('x')], undefined);
  const closed = new Promise<void>((resolve) => connection.onClose(resolve));
  const stream = await running;
  connection.close();
  expect(connection.usable).toBe(false);
  stream.respond({ ':status': 200 });
  stream.end('late');
  expect((await reply).status).toBe(200);
  await closed;
});

test.each<[string, Uint8Array[], object]>([
  [
    'interim responses without end',
    Array.from({ length: 17 }, () => frame(type.headers, 0x4, 1, block([':status', '103', 'link', 'x']))),
    { status: 0, fault: { kind: 'connection', message: 'more than 16 interim responses' } },
  ],
  [
    'fields without end behind a response',
    [
      frame(type.headers, 0x4, 1, block([':status', '200'])),
      ...Array.from({ length: 3 }, (_, i) => frame(type.headers, 0x4, 1, block([`x-${i}`, 'x']))),
    ],
    { fields: {}, reset: 1 },
  ],
])('a server that sends %s loses the stream, and nothing gathers', async (_name, bytes, expected) => {
  const { port, sockets, arrived } = await lying();
  const connection = await connect(port);
  const reply = connection.request(post, [Buffer.from('x')], undefined);
  await arrived(type.data);
  sockets[0]?.write(Buffer.concat(bytes));
  expect(await reply).toMatchObject(expected);
  expect(connection.usable).toBe(true);
});

test('a request with more fields than the server takes is not sent, and others are', async () => {
  const connection = await connect(await peer({ maxHeaderListSize: 5000 }, echo));
  const [large, small] = await Promise.all([
    connection.request([...post, 'tracestate', 'x'.repeat(70_000)], [Buffer.from('x')], undefined),
    connection.request(post, [Buffer.from('x')], undefined),
  ]);
  expect(large).toMatchObject({ status: 0, written: true, fault: { kind: 'fields_too_large', limit: 5000 } });
  expect(small.status).toBe(200);
});

test('an attempt to connect can be cancelled', async () => {
  const { sockets } = await lying();
  const silent = net.createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {}).resume();
  });
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  stops.push(() => silent.close());
  const dial = new Cancellation();
  const attempt = Http2Connection.connect({
    ...{ address: { host: '127.0.0.1', port: portOf(silent) }, authority: 'a', tls: undefined },
    ...{ connectTimeoutMs: 60_000, signal: dial },
  });
  dial.abort('drain');
  await expect(attempt).rejects.toThrow('connect was cancelled');
});

test('the late response to a cancelled request costs no other request', async () => {
  const { port, sockets, arrived } = await lying();
  const connection = await connect(port);
  const cancellation = new Cancellation();
  const first = connection.request(post, [Buffer.from('one')], cancellation);
  const second = connection.request(post, [Buffer.from('two')], undefined);
  cancellation.abort('deadline');
  expect((await first).fault).toEqual({ kind: 'aborted' });
  await arrived(type.rst);
  const answer = block([':status', '200', 'grpc-status', '0']);
  sockets[0]?.write(Buffer.concat([frame(type.headers, 0x5, 1, answer), frame(type.headers, 0x5, 3, answer)]));
  expect(await second).toMatchObject({ status: 200, fault: undefined });
  expect(connection.usable).toBe(true);
});
