import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { afterEach, expect, test } from 'vitest';
import { pem } from '../../../test/support/certificates.js';
import { heldWorld } from '../../../test/support/held-world.js';
import { runLogReceiver, type RunningLogReceiver } from '../../../test/support/log-receiver.js';
import { until } from '../../../test/support/program.js';
import { LineSplitter } from '../../lines/line-splitter.js';
import { textEncoding, type TextEncoding } from '../../lines/text-encoding.js';
import { tlsServer, type TlsServerConfig } from '../../net/options/tls-server.js';
import { serverTls } from '../../net/tls/server.js';
import { definition as syslog } from '../../receivers/syslog/index.js';
import { definition as tcpLog } from '../../receivers/tcp_log/index.js';
import { TcpInput } from './tcp-input.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

const pair = { cert_pem: pem('server-a.pem'), key_pem: pem('server-a.key') };

async function run(type: string): Promise<RunningLogReceiver> {
  const place = { listen_address: '127.0.0.1:0', tls: pair };
  const running =
    type === 'tcp_log'
      ? await runLogReceiver(tcpLog, place)
      : await runLogReceiver(syslog, { tcp: place, protocol: 'rfc5424' });
  stops.push(() => running.stop(AbortSignal.abort()));
  return running;
}

function connect(port: number): net.Socket {
  const socket = net.connect(port, '127.0.0.1').resume();
  socket.on('error', () => {});
  stops.push(() => socket.destroy());
  return socket;
}

async function sendsLine(port: number): Promise<void> {
  const secure = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  secure.on('error', () => {});
  await once(secure, 'secureConnect');
  secure.end('<34>1 2003-10-11T22:14:15.003Z a b - - - well\n');
}

const types = ['tcp_log', 'syslog'] as const;

test.each(types)('%s: connections that never shake hands are bounded in number, and others are read', async (type) => {
  const { port, records } = await run(type);
  const silent: net.Socket[] = [];
  for (let i = 0; i < 600; i++) {
    const socket = connect(port);
    silent.push(socket);
    if (i % 50 === 0) await once(socket, 'connect');
  }
  await expect.poll(() => silent.filter((socket) => socket.closed).length).toBe(100);
  await sendsLine(port);
  await until('the record', () => records.length === 1);
});

test.each(types)('%s: a connection that never shakes hands does not hold up the end', async (type) => {
  const running = await run(type);
  const silent = connect(running.port);
  await sendsLine(running.port);
  await until('the record', () => running.records.length === 1);
  const closed = once(silent, 'close');
  await running.stop(new AbortController().signal);
  await closed;
});

test('a connection that never completes its handshake is ended in time', async () => {
  const { clock, context, budget } = heldWorld({ signal: 'logs' });
  const secure = serverTls(tlsServer().parse(pair) as TlsServerConfig, clock, context.logger);
  const lines: string[] = [];
  const faults: string[] = [];
  const input = new TcpInput(
    {
      endpoint: '127.0.0.1:0',
      // Node measures the time of a handshake by its own clock.
      tls: { ...secure, options: { ...secure.options, handshakeTimeout: 500 } },
      maxConnections: 0,
      framing: undefined,
      budget,
      partsOf: () => ({
        splitter: new LineSplitter({
          encoding: textEncoding('utf-8') as TextEncoding,
          multiline: undefined,
          finder: undefined,
          keepLeading: false,
          keepTrailing: false,
          maxBytes: 1 << 20,
          oversize: 'split',
        }),
        search: 'at once',
        maxBytes: 1 << 20,
        clock,
        idleMs: Infinity,
      }),
      onRefused: () => {},
      onHandshakeFault: (why) => void faults.push(why),
    },
    {
      hasRoom: true,
      onceRoom: () => () => {},
      take: (bytes, from, to) => void lines.push(bytes.toString('utf8', from, to)),
      cut: () => {},
    },
  );
  await input.listen({ failed: () => {}, succeeded: () => {} });
  stops.push(() => input.close(AbortSignal.abort()));
  const port = input.address?.port ?? 0;
  const [silent, greeting] = [connect(port), connect(port)];
  // The beginning of a greeting of 512 bytes.
  greeting.write(Buffer.from([0x16, 3, 1, 2, 0, 1]));
  await Promise.all([silent, greeting].map((socket) => once(socket, 'close')));
  expect(faults).toHaveLength(2);
  // On a crowded machine a good handshake, too, may take longer than that.
  await until('a line', async () => {
    await sendsLine(port).catch(() => {});
    return lines.length > 0;
  });
  expect(secure.options.handshakeTimeout).toBe(10_000);
});
