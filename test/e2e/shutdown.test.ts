import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { lossOf, makeClient, startBackend } from '../support/backend.js';
import { encodeSpans } from '../support/otlp.js';
import { freePorts, startProgram, until } from '../support/program.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

async function sendSpans(port: number, count: number): Promise<string[]> {
  const client = makeClient(port);
  const spans = Array.from({ length: count }, () => ({
    traceId: randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
  }));
  expect(await client.send(encodeSpans(spans))).toBe(0);
  client.close();
  return spans.map(({ spanId }) => spanId);
}

// A queue that holds its data until the shutdown, because its batch does not fill up before.
const queue = 'sending_queue: {batch: {flush_timeout: 1h, min_size: 100000, sizer: items}}';

test.each<[exporter: string, settings: (grpc: number, http: number) => string, args: readonly string[]]>([
  ['otlp_grpc', (grpc) => `endpoint: "127.0.0.1:${grpc}", tls: {insecure: true}, ${queue}`, []],
  ['otlp_grpc', (grpc) => `endpoint: "localhost:${grpc}", tls: {insecure: true}, ${queue}`, ['--workers', '2']],
  ['otlp_http', (_grpc, http) => `endpoint: "http://localhost:${http}", ${queue}`, []],
  [
    'load_balancing',
    (grpc) =>
      `protocol: {otlp: {tls: {insecure: true}, ${queue}}}, resolver: {static: {hostnames: ["127.0.0.1:${grpc}"]}}`,
    [],
  ],
])('a shutdown hands on what %s holds for a receiver of the same process', async (...one) => {
  const [exporter, settings, args] = one;
  const [outside = 0, grpc = 0, http = 0] = await freePorts(3);
  const backend = await startBackend();
  stops.push(() => backend.close());
  // The second tier stands first, so that the order of the configuration alone would stop it first, or last.
  const gateway = await startProgram(
    `
receivers:
  otlp/tier2: {protocols: {grpc: {endpoint: "0.0.0.0:${grpc}"}, http: {endpoint: "127.0.0.1:${http}"}}}
  otlp/tier1: {protocols: {grpc: {endpoint: "127.0.0.1:${outside}"}}}
exporters:
  ${exporter}/tier1: {${settings(grpc, http)}}
  otlp_grpc/backend: {endpoint: "127.0.0.1:${backend.port}", tls: {insecure: true}, ${queue}}
service:
  telemetry: {metrics: {level: none}}
  pipelines:
    traces/1: {receivers: [otlp/tier1], exporters: [${exporter}/tier1]}
    traces/2: {receivers: [otlp/tier2], exporters: [otlp_grpc/backend]}
    logs/1: {receivers: [otlp/tier2], exporters: [otlp_grpc/backend]}
`,
    { args },
  );
  stops.push(() => gateway.stop('SIGKILL'));
  const sent = await sendSpans(outside, 50);
  expect(backend.accepted.size).toBe(0);
  expect(await gateway.stop(), gateway.output()).toBe(0);
  expect(lossOf(sent, [backend])).toEqual({ lost: 0, duplicates: 0 });
  expect(gateway.output()).toContain('The ledger balances');
});

test.each([[[]], [['--workers', '2']]])('a second signal says what it gave up (%j)', async (args) => {
  const [outside = 0] = await freePorts(1);
  const backend = await startBackend();
  stops.push(() => backend.close());
  backend.refuseWith(14);
  const gateway = await startProgram(
    `
receivers: {otlp: {protocols: {grpc: {endpoint: "127.0.0.1:${outside}"}}}}
exporters: {otlp_grpc: {endpoint: "127.0.0.1:${backend.port}", tls: {insecure: true}}}
service:
  telemetry: {metrics: {level: none}, logs: {encoding: json}}
  pipelines: {traces: {receivers: [otlp], exporters: [otlp_grpc]}}
`,
    { args },
  );
  stops.push(() => gateway.stop('SIGKILL'));
  await sendSpans(outside, 20);
  await until('an attempt', () => backend.refusals() > 0);
  gateway.child.kill('SIGTERM');
  await until('the first signal', () => gateway.output().includes('Received signal from OS'));
  expect(await gateway.stop(), gateway.output()).toBe(1);
  const line = gateway
    .output()
    .split('\n')
    .find((each) => each.includes('A second signal ended the program'));
  expect(JSON.parse(line ?? '{}')).toMatchObject({
    level: 'error',
    dropped_items: 20,
    given_up: [{ component: 'otlp_grpc', signal: 'traces', items: 20 }],
  });
  expect(gateway.output()).toContain('The ledger balances');
});

test.each([
  ['otlp_grpc', []],
  ['otlp_http', []],
  ['otlp_grpc', ['--workers', '2']],
])('a backend that %s connects to and that never speaks does not hold up the end (%j)', async (exporter, args) => {
  const [outside = 0] = await freePorts(1);
  const sockets: Socket[] = [];
  const silent = net.createServer((socket) => {
    sockets.push(socket);
    socket.resume().on('error', () => {});
  });
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  stops.push(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
  const { port } = silent.address() as AddressInfo;
  const endpoint = `${exporter === 'otlp_http' ? 'http://' : ''}127.0.0.1:${port}`;
  // Neither an attempt nor its repetition ends by itself.
  const gateway = await startProgram(
    `
receivers: {otlp: {protocols: {grpc: {endpoint: "127.0.0.1:${outside}"}}}}
exporters:
  ${exporter}: {endpoint: "${endpoint}", tls: {insecure: true}, timeout: 0s, retry_on_failure: {max_elapsed_time: 0s}}
service:
  telemetry: {metrics: {level: none}, logs: {encoding: json}}
  pipelines: {traces: {receivers: [otlp], exporters: [${exporter}]}}
`,
    { args: [...args, '--drain-timeout', '1s'] },
  );
  stops.push(() => gateway.stop('SIGKILL'));
  await sendSpans(outside, 20);
  await until('a connection', () => sockets.length > 0);
  expect(await gateway.stop(), gateway.output()).toBe(0);
  // The program itself measures the time after its drain, and says when its components take more of it.
  expect(gateway.output()).not.toContain('did not stop');
  const line = gateway
    .output()
    .split('\n')
    .find((each) => each.includes('The ledger balances'));
  expect(line, gateway.output()).toContain('shutdown');
  await until('the end of all connections', () => sockets.every((socket) => socket.closed || socket.readableEnded));
});
