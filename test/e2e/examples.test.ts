import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { lossOf, makeClient, startBackend } from '../support/backend.js';
import { CommandProcess } from '../support/command-lines.js';
import { HostTree } from '../support/host-tree.js';
import { startLogBackend } from '../support/log-backend.js';
import { recordsOf } from '../support/log-receiver.js';
import { encodeSpans } from '../support/otlp.js';
import { freePorts, runCommand, startProgram, until } from '../support/program.js';

const root = path.resolve(import.meta.dirname, '../..');
const examples: string[] = [];
/** Files of `kanmon test`. */
const cases: string[] = [];
for (const kind of ['receivers', 'processors', 'exporters', 'connectors', 'extensions']) {
  const folder = path.join(root, 'src', kind);
  if (!fs.existsSync(folder)) continue;
  for (const type of fs.readdirSync(folder)) examples.push(`src/${kind}/${type}/example.yaml`);
}
for (const file of fs.readdirSync(path.join(root, 'examples'), { recursive: true, encoding: 'utf8' }))
  if (file.endsWith('.test.yaml')) cases.push(`examples/${file}`);
  else if (file.endsWith('.yaml')) examples.push(`examples/${file}`);

const commands = new CommandProcess();
afterAll(() => commands.close());
const nothing = { code: 0, stdout: '', stderr: '' };

test.each(examples)('%s is valid', async (file) => {
  expect(await commands.run(['validate', '--config', path.join(root, file)], root)).toEqual(nothing);
});

test.each(examples.filter((_, i) => i % 20 === 0))('%s is valid in a process of its own', async (file) => {
  expect(await runCommand(['validate', '--config', path.join(root, file)], root)).toEqual(nothing);
});

test.each(cases)('the tests in %s pass', async (file) => {
  const result = await commands.run(['test', file], root);
  expect(result).toMatchObject({
    code: 0,
    stderr: '',
    stdout: expect.stringMatching(/^[1-9][0-9]* passed, 0 failed$/m),
  });
});

test('the quick start answers a JSON trace and shows its span', async () => {
  // The ports are those of the README, so the example itself is what runs.
  const program = await startProgram(fs.readFileSync(path.join(root, 'examples/quickstart.yaml'), 'utf8'));
  try {
    const span = {
      traceId: '5b8aa5a2d2c872e8321cf37308d69df2',
      spanId: '051581bf3cb55c13',
      name: 'first-span',
      kind: 1,
    };
    const body = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const request = http.request(
        {
          host: '127.0.0.1',
          port: 4318,
          path: '/v1/traces',
          method: 'POST',
          headers: { 'content-type': 'application/json' },
        },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      );
      request.on('error', reject);
      request.end(body);
    });
    expect(status).toBe(200);
    await until('the span in the output', () => program.output().includes('first-span'));
  } finally {
    expect(await program.stop()).toBe(0);
  }
});

test('no port of the quick start is one that Linux gives to outgoing connections', () => {
  const ports = [...fs.readFileSync(path.join(root, 'examples/quickstart.yaml'), 'utf8').matchAll(/:(\d{4,5})\b/g)];
  expect(ports.length).toBeGreaterThan(6);
  for (const [, port] of ports) expect(Number(port)).toBeLessThan(32_768);
});

test('the self-scrape shows its own metrics', async () => {
  const [port] = (await freePorts(1)) as [number];
  const example = fs.readFileSync(path.join(root, 'examples/self-scrape.yaml'), 'utf8');
  // The interval is also the time that a scrape may take.
  const program = await startProgram(example.replace('scrape_interval: 10s', 'scrape_interval: 5s'), {
    env: { METRICS_PORT: String(port) },
  });
  try {
    await until('its own metrics in the output', () => program.output().includes('otelcol_process_uptime'));
    expect(program.output()).not.toContain('Failed to scrape');
  } finally {
    expect(await program.stop()).toBe(0);
  }
});

const exampleText = (name: string): string => fs.readFileSync(path.join(root, 'examples', name), 'utf8');
/** Examples that leave the port of their own metrics at its default, which one process at a time can have. */
const noMetrics = ['--set=service.telemetry.metrics.level=none'];

test.each([
  [
    'gateway-static.yaml',
    3,
    ([first, second, third]: readonly number[]): readonly (readonly [string, string])[] => [
      ['collector-1.example.com:4317', `127.0.0.1:${first}`],
      ['collector-2.example.com:5317', `127.0.0.1:${second}`],
      ['collector-3.example.com', `127.0.0.1:${third}`],
    ],
  ],
  [
    'gateway-dns.yaml',
    1,
    ([port]: readonly number[]): readonly (readonly [string, string])[] => [
      ['hostname: otelcol-headless.observability.svc.cluster.local', `hostname: 127.0.0.1\n        port: '${port}'`],
    ],
  ],
  [
    'gateway-dns-service.yaml',
    1,
    ([port]: readonly number[]): readonly (readonly [string, string])[] => [
      ['otelcol-headless.observability.svc.cluster.local', '127.0.0.1'],
      ['port: 5317', `port: ${port}`],
    ],
  ],
])('%s sends each trace to one backend', async (file, count, addresses) => {
  const backends = await Promise.all(Array.from({ length: count }, () => startBackend()));
  const [port = 0] = await freePorts(1);
  let yaml = exampleText(file);
  for (const [from, to] of [
    ['0.0.0.0:4317', `127.0.0.1:${port}`] as const,
    ...addresses(backends.map((backend) => backend.port)),
  ]) {
    expect(yaml).toContain(from);
    yaml = yaml.replace(from, to);
  }
  const program = await startProgram(yaml, { args: noMetrics });
  const client = makeClient(port);
  try {
    const ids = Array.from({ length: 90 }, (_, i) => (i + 1).toString(16).padStart(16, '0'));
    // Two spans of a trace come in requests of their own.
    for (const [i, spanId] of ids.entries()) {
      const traceId = ((i >> 1) * 7919 + 1).toString(16).padStart(32, '0');
      expect(await client.send(encodeSpans([{ traceId, spanId }], 'shop'))).toBe(0);
    }
    await until('every span', () => lossOf(ids, backends).lost === 0);
    expect(lossOf(ids, backends)).toEqual({ lost: 0, duplicates: 0 });
    for (const { traces } of backends) expect(traces.size).toBeGreaterThan(0);
    expect(backends.reduce((sum, { traces }) => sum + traces.size, 0)).toBe(ids.length / 2);
  } finally {
    client.close();
    expect(await program.stop()).toBe(0);
    await Promise.all(backends.map((backend) => backend.close()));
  }
});

test('host-agent.yaml sends the metrics of the host and of its processes to a gateway', async () => {
  const [port = 0, metrics = 0] = await freePorts(2);
  const gateway = await startProgram(`
receivers: {otlp: {protocols: {grpc: {endpoint: "127.0.0.1:${port}"}}}}
exporters: {debug: {verbosity: detailed}}
service:
  telemetry: {metrics: {level: none}}
  pipelines: {metrics: {receivers: [otlp], exporters: [debug]}}
`);
  const agent = await startProgram(exampleText('host-agent.yaml'), {
    env: {
      ...{ INTERVAL: '500ms', PROCESS_INTERVAL: '1s', HOST_NAME: 'node-7' },
      ...{ GATEWAY: `127.0.0.1:${port}`, METRICS_PORT: String(metrics) },
    },
  });
  try {
    const arrived = ['system.cpu.utilization', 'system.memory.usage', 'system.network.io', 'process.memory.usage'];
    await until('metrics of both receivers', () => arrived.every((name) => gateway.output().includes(`Name: ${name}`)));
    expect(gateway.output()).toContain('host.name: Str(node-7)');
    expect(await agent.stop()).toBe(0);
  } finally {
    await agent.stop('SIGKILL');
    await gateway.stop();
  }
});

describe('examples of log files', () => {
  const line = (text: string, part = 'F'): string => `2026-11-30T14:15:16.123456789Z stdout ${part} ${text}\n`;
  const container = 'var/log/pods/shop_cart-1_0123abcd-0000-0000-0000-000000000000/cart/0.log';

  test('kubernetes.yaml sends the lines of containers with their pod, but not its own', async () => {
    const node = new HostTree({
      [container]: line('a lo', 'P') + line('ng line') + line('last'),
      'var/log/pods/kanmon_kanmon-agent-x_0123abcd-0000-0000-0000-000000000001/kanmon/0.log': line('own'),
    });
    const backend = await startLogBackend();
    const agent = await startProgram(exampleText('log-files/kubernetes.yaml'), {
      args: noMetrics,
      env: { LOG_ROOT: node.root, STORAGE: path.join(node.root, 'store'), GATEWAY: `127.0.0.1:${backend.port}` },
    });
    try {
      await until('both lines', () => backend.accepted.size >= 2);
      expect(await agent.stop()).toBe(0);
      const records = backend.requests.flatMap(recordsOf);
      expect(records.map(({ body }) => body)).toEqual(['a long line', 'last']);
      for (const { resource, attributes } of records) {
        expect(resource).toMatchObject({ 'k8s.pod.name': 'cart-1', 'k8s.namespace.name': 'shop' });
        expect(attributes).toMatchObject({ 'log.file.path': path.join(node.root, container) });
      }
    } finally {
      await agent.stop('SIGKILL');
      await backend.close();
      node.remove();
    }
  });

  test('stack-traces.yaml makes one record of the lines of a trace', async () => {
    const trace = [
      'java.lang.IllegalStateException: no',
      '\tat Shop.buy(Shop.java:7)',
      'Caused by: java.io.IOException',
    ];
    const node = new HostTree({
      'app/shop.log': `2026-11-30T14:15:16.123Z ERROR ${trace.join('\n')}\n2026-11-30T14:15:17.000Z INFO bought\n`,
      [container.replace('var/log/', '')]: [...trace, 'bought'].map((text) => line(text)).join(''),
    });
    const backend = await startLogBackend();
    const agent = await startProgram(exampleText('log-files/stack-traces.yaml'), {
      args: noMetrics,
      env: { LOG_ROOT: node.root, STORAGE: path.join(node.root, 'store'), GATEWAY: `127.0.0.1:${backend.port}` },
    });
    try {
      const records = (): readonly ReturnType<typeof recordsOf>[number][] => backend.requests.flatMap(recordsOf);
      await until('both entries of both files', () => records().length >= 4);
      expect(await agent.stop()).toBe(0);
      const ofPod = (each: { resource: object }): boolean => 'k8s.pod.name' in each.resource;
      const application = records().filter((each) => !ofPod(each));
      expect(application.map(({ body, severityText }) => [body, severityText])).toEqual([
        [trace.join('\n'), 'ERROR'],
        ['bought', 'INFO'],
      ]);
      expect(
        records()
          .filter(ofPod)
          .map(({ body }) => body),
      ).toEqual([trace.join('\n'), 'bought']);
    } finally {
      await agent.stop('SIGKILL');
      await backend.close();
      node.remove();
    }
  });
});

test('single-writer/gateway.yaml writes metrics to Prometheus', async () => {
  const writes: (string | undefined)[] = [];
  const prometheus = http.createServer((request, response) => {
    writes.push(request.url);
    request.resume().on('end', () => response.writeHead(204).end());
  });
  await new Promise<void>((resolve) => prometheus.listen(0, '127.0.0.1', resolve));
  const [httpPort = 0, grpc = 0, metrics = 0, zpages = 0] = await freePorts(4);
  const program = await startProgram(exampleText('single-writer/gateway.yaml'), {
    env: {
      ...{ HTTP_PORT: `${httpPort}`, GRPC_PORT: `${grpc}`, METRICS_PORT: `${metrics}`, ZPAGES_PORT: `${zpages}` },
      PROMETHEUS: `http://127.0.0.1:${(prometheus.address() as AddressInfo).port}`,
    },
  });
  try {
    const metric = { name: 'M1', gauge: { dataPoints: [{ asDouble: 100, timeUnixNano: `${Date.now()}000000` }] } };
    const response = await fetch(`http://localhost:${httpPort}/v1/metrics`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics: [metric] }] }] }),
    });
    expect(response.status).toBe(200);
    await until('a write', () => writes.length > 0);
    expect(new Set(writes)).toEqual(new Set(['/api/v1/write']));
  } finally {
    expect(await program.stop()).toBe(0);
    prometheus.closeAllConnections();
    prometheus.close();
  }
});
