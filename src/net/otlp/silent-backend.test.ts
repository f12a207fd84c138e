import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { emptyContext } from '../../component/consumer.js';
import type { Exporter } from '../../component/define.js';
import { definition as otlpGrpc } from '../../exporters/otlp_grpc/index.js';
import { definition as otlpHttp } from '../../exporters/otlp_http/index.js';
import { frame, block, uint32 } from '../../../test/support/raw-http2.js';
import { heldWorld, spans, total, type HeldWorld } from '../../../test/support/held-world.js';
import { hostWith } from '../../../test/support/host.js';
import { until } from '../../../test/support/program.js';

/** A backend that stops in one phase of an exchange. */
interface Phase {
  readonly name: string;
  readonly exporter: 'grpc' | 'http';
  readonly settings: (port: number) => object;
  /** Said at once. */
  readonly greets?: Uint8Array;
  /** Said once the backend was sent something that `until` finds. */
  readonly replies?: Uint8Array;
  /** Bytes of the client without which the phase is not reached. */
  readonly until?: string;
}

const plainGrpc = (port: number): object => ({ endpoint: `127.0.0.1:${port}`, tls: { insecure: true } });
const plainHttp = (port: number): object => ({ endpoint: `http://127.0.0.1:${port}` });
const settings = frame(4, 0, 0);
const noWindow = frame(4, 0, 0, Buffer.concat([Buffer.from([0, 4]), uint32(0)]));
const beginning = frame(1, 4, 1, block([':status', '200', 'content-type', 'application/grpc']));

const phases: readonly Phase[] = [
  { name: 'no SETTINGS', exporter: 'grpc', settings: plainGrpc },
  {
    name: 'a TLS handshake that hangs, over gRPC',
    exporter: 'grpc',
    settings: (port) => ({ endpoint: `127.0.0.1:${port}` }),
  },
  { name: 'no window for the request', exporter: 'grpc', settings: plainGrpc, greets: noWindow },
  { name: 'no answer, over gRPC', exporter: 'grpc', settings: plainGrpc, greets: settings, until: 'Export' },
  {
    name: 'an answer without end, over gRPC',
    exporter: 'grpc',
    settings: plainGrpc,
    greets: settings,
    replies: beginning,
    until: 'Export',
  },
  {
    name: 'a TLS handshake that hangs, over HTTP',
    exporter: 'http',
    settings: (port) => ({ endpoint: `https://127.0.0.1:${port}` }),
  },
  { name: 'no answer, over HTTP', exporter: 'http', settings: plainHttp, until: 'POST' },
  {
    name: 'a header without end',
    exporter: 'http',
    settings: plainHttp,
    replies: Buffer.from('HTTP/1.1 200 OK\r\nx-a: b\r\n'),
    until: 'POST',
  },
  {
    name: 'a body without end',
    exporter: 'http',
    settings: plainHttp,
    replies: Buffer.from('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{'),
    until: 'POST',
  },
  {
    name: 'a proxy that never connects',
    exporter: 'http',
    settings: (port) => ({ endpoint: 'http://192.0.2.1:4318', proxy_url: `http://127.0.0.1:${port}` }),
    until: 'CONNECT',
  },
  {
    name: 'an authenticator that hangs, over gRPC',
    exporter: 'grpc',
    settings: (port) => ({ ...plainGrpc(port), auth: { authenticator: 'hangs' } }),
    greets: settings,
  },
  {
    name: 'an authenticator that hangs, over HTTP',
    exporter: 'http',
    settings: (port) => ({ ...plainHttp(port), auth: { authenticator: 'hangs' } }),
  },
];

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

interface Setup {
  readonly world: HeldWorld;
  readonly exporter: Exporter;
  /** Resolves when the phase is reached. */
  reached(): Promise<void>;
  readonly sockets: readonly Socket[];
}

async function open(phase: Phase, more: object): Promise<Setup> {
  const sockets: Socket[] = [];
  let seen = '';
  const server = net.createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    if (phase.greets) socket.write(phase.greets);
    let replied = false;
    socket.on('data', (chunk: Buffer) => {
      seen += chunk.toString('latin1');
      if (phase.replies && !replied && phase.until !== undefined && seen.includes(phase.until)) {
        replied = true;
        socket.write(phase.replies);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stops.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const world = heldWorld();
  let asked = false;
  const hangs = {
    offers: {
      client_auth: {
        requestHeaders: (): Promise<never> => {
          asked = true;
          return new Promise(() => {});
        },
      },
    },
  };
  const config = {
    compression: 'none',
    timeout: '3s',
    retry_on_failure: { enabled: false },
    ...phase.settings((server.address() as AddressInfo).port),
    ...more,
  };
  const exporter: Exporter =
    phase.exporter === 'grpc'
      ? await otlpGrpc.create(otlpGrpc.config.parse(config), world.context)
      : await otlpHttp.create(otlpHttp.config.parse(config), world.context);
  await exporter.start?.(hostWith({ hangs }));
  stops.push(() => exporter.shutdown?.(AbortSignal.abort()));
  const reached = (): Promise<void> =>
    until(phase.name, () => asked || (sockets.length > 0 && seen.length > 0 && seen.includes(phase.until ?? '')));
  return { world, exporter, reached, sockets };
}

describe.each(phases)('$name', (phase) => {
  test('without a queue the sender gets an answer when `timeout` is over', async () => {
    const { world, exporter, reached } = await open(phase, { sending_queue: { enabled: false } });
    const failure = exporter.consume(spans('a', 'b'), emptyContext).catch((error: unknown) => error);
    await reached();
    await world.clock.pass(3000);
    expect(await failure).toMatchObject({ class: 'retryable', reason: 'deadline_exceeded' });
    expect(world.books).toMatchObject({ balance: 0, returnedItems: { deadline_exceeded: 2 } });
    expect(total(world.books.heldItems)).toBe(0);
  });

  test('with a queue it is given up when `max_elapsed_time` is over', async () => {
    const retry_on_failure = { initial_interval: '1s', max_interval: '1s', max_elapsed_time: '2s' };
    const { world, exporter, reached } = await open(phase, { retry_on_failure });
    await exporter.consume(spans('a', 'b'), emptyContext);
    await reached();
    await world.clock.pass(3000);
    await until('the outcome', () => total(world.books.droppedItems) === 2);
    expect(world.books).toMatchObject({ balance: 0, droppedItems: { retries_exhausted: 2 } });
  });

  test('at the end of a drain the books hold nothing', async () => {
    const { world, exporter, reached, sockets } = await open(phase, { timeout: '0s' });
    await exporter.consume(spans('a', 'b'), emptyContext);
    await reached();
    const drain = new AbortController();
    const ended = exporter.shutdown?.(drain.signal);
    expect(total(world.books.heldItems)).toBe(2);
    drain.abort();
    await ended;
    expect(world.books).toMatchObject({ balance: 0, droppedItems: { shutdown: 2 } });
    expect(total(world.books.heldItems)).toBe(0);
    // Nor is a connection left behind, in whatever phase it is.
    await until('the end of all connections', () => sockets.every((socket) => socket.readableEnded || socket.closed));
  });
});
