import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { startBackend, type Backend } from '../support/backend.js';
import { readSeries } from '../support/ledger.js';
import { freePorts, startProgram, until, type Program } from '../support/program.js';
import { referenceDecode, type Tree } from '../support/reference-decode.js';

const folder = path.resolve(import.meta.dirname, '../../examples');
const programs: Program[] = [];
const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  await Promise.all(programs.splice(0).map((program) => program.stop('SIGKILL')));
  for (const close of closing.splice(0)) await close();
});

/** A gateway that runs an example. */
interface Example {
  readonly program: Program;
  readonly http: number;
  readonly metrics: number;
}

async function start(
  file: string,
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Promise<Example> {
  const [httpPort = 0, grpc = 0, metrics = 0] = await freePorts(3);
  const program = await startProgram(fs.readFileSync(path.join(folder, file), 'utf8'), {
    env: { HTTP_PORT: String(httpPort), GRPC_PORT: String(grpc), METRICS_PORT: String(metrics), ...env },
    args,
  });
  programs.push(program);
  return { program, http: httpPort, metrics };
}

async function backend(): Promise<Backend> {
  const started = await startBackend();
  closing.push(() => started.close());
  return started;
}

interface Sent {
  readonly service: string;
  readonly kind: number;
  readonly id: string;
  readonly parent?: string;
}

async function send(port: number, traceId: string, spans: readonly Sent[]): Promise<void> {
  const resourceSpans = spans.map(({ service, kind, id, parent }) => ({
    resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
    scopeSpans: [
      {
        spans: [
          {
            ...{ traceId, spanId: id, name: 'work', kind, ...(parent === undefined ? {} : { parentSpanId: parent }) },
            ...{ startTimeUnixNano: '1700000000000000000', endTimeUnixNano: '1700000000020000000' },
          },
        ],
      },
    ],
  }));
  const response = await fetch(`http://localhost:${port}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceSpans }),
  });
  expect(response.status).toBe(200);
}

const newId = (bytes: number): string => randomBytes(bytes).toString('hex');

test('failover.yaml goes to the spare backend and comes back, and delivers everything once', async () => {
  const main = await backend();
  const spare = await backend();
  const example = await start('failover.yaml', {
    MAIN: `127.0.0.1:${main.port}`,
    SPARE: `127.0.0.1:${spare.port}`,
    RETRY_INTERVAL: '200ms',
  });
  const ids: string[] = [];
  const sendOne = async (): Promise<void> => {
    const id = newId(8);
    ids.push(id);
    await send(example.http, newId(16), [{ service: 'shop', kind: 2, id }]);
  };
  const level = async (): Promise<number | undefined> =>
    (await readSeries(example.metrics, 'otelcol_connector_failover_active_level'))[0]?.value;
  await sendOne();
  await until('the main backend has it', () => main.accepted.size === 1);
  expect(await level()).toBe(0);
  main.refuseWith(14);
  await sendOne();
  await until('the spare backend has it', () => spare.accepted.size === 1);
  expect(await level()).toBe(1);
  main.refuseWith(undefined);
  await until('the main backend takes over', async () => {
    await sendOne();
    return (await level()) === 0;
  });
  const before = main.accepted.size;
  await sendOne();
  await until('the main backend has the last one', () => main.accepted.size > before);
  await until('all have arrived', () => main.accepted.size + spare.accepted.size === ids.length);
  expect(await example.program.stop()).toBe(0);
  const all = new Map([...main.accepted, ...spare.accepted]);
  expect([...all.keys()].toSorted()).toEqual(ids.toSorted());
  expect([...main.accepted.values(), ...spare.accepted.values()].every((times) => times === 1)).toBe(true);
});

/** One point of an edge; times in nanoseconds. */
interface EdgePoint {
  readonly start: bigint;
  readonly time: bigint;
  readonly value: bigint;
}

const highest = (values: readonly bigint[]): bigint => values.reduce((a, b) => (a > b ? a : b), 0n);

/** A stand-in for Prometheus' OTLP endpoint: the highest value of each edge, and all points that came of it. */
async function prometheus(): Promise<{
  readonly port: number;
  readonly edges: Map<string, bigint>;
  readonly points: EdgePoint[];
}> {
  const edges = new Map<string, bigint>();
  const points: EdgePoint[] = [];
  const server = http.createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts);
      if (request.url === '/api/v1/otlp/v1/metrics')
        note(referenceDecode('metrics', request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body));
      response.end();
    });
  });
  const list = (tree: Tree | undefined, name: string): Tree[] => (tree?.[name] ?? []) as Tree[];
  const note = (request: Tree): void => {
    for (const resource of list(request, 'resource_metrics'))
      for (const scope of list(resource, 'scope_metrics'))
        for (const metric of list(scope, 'metrics')) {
          if (metric['name'] !== 'traces_service_graph_request_total') continue;
          for (const point of list(metric['sum'] as Tree, 'data_points')) {
            const labels = Object.fromEntries(
              list(point, 'attributes').map(({ key, value }) => [key, (value as Tree)['string_value']]),
            );
            const value = point['as_int'] as bigint;
            const edge = `${String(labels['client'])} -> ${String(labels['server'])}`;
            // Of two requests on their way at once the later one may come first.
            edges.set(edge, highest([edges.get(edge) ?? 0n, value]));
            points.push({
              start: point['start_time_unix_nano'] as bigint,
              time: point['time_unix_nano'] as bigint,
              value,
            });
          }
        }
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => void server.close());
  return { port: (server.address() as AddressInfo).port, edges, points };
}

test.each(['1', '2'])('service-graph.yaml sends the graph of what passes, with %s workers', async (workers) => {
  const traces = await backend();
  const target = await prometheus();
  const env = {
    TRACES: `127.0.0.1:${traces.port}`,
    PROMETHEUS: `127.0.0.1:${target.port}`,
    FLUSH_INTERVAL: '200ms',
  };
  const example = await start('service-graph.yaml', env, ['--workers', workers]);
  for (let i = 0; i < 5; i++) {
    const traceId = newId(16);
    const [id, called] = [newId(8), newId(8)];
    await send(example.http, traceId, [{ service: 'shop', kind: 3, id }]);
    await send(example.http, traceId, [{ service: 'stock', kind: 2, id: called, parent: id }]);
  }
  await until('the edges in Prometheus', () => target.edges.get('shop -> stock') === 5n);
  await until('the spans at the backend', () => traces.accepted.size === 10);
  await send(example.http, newId(16), [{ service: 'shop', kind: 2, id: newId(8) }]);
  expect(await example.program.stop()).toBe(0);
  // It was still waiting for the other half when the gateway ended.
  expect(target.edges.get('user -> shop')).toBe(1n);
});

test('at a reload the graph begins anew when the last metrics of the old one are there', async () => {
  const traces = await backend();
  const target = await prometheus();
  const example = await start('service-graph.yaml', {
    TRACES: `127.0.0.1:${traces.port}`,
    PROMETHEUS: `127.0.0.1:${target.port}`,
    FLUSH_INTERVAL: '300ms',
  });
  const edge = async (): Promise<void> => {
    const [id, called] = [newId(8), newId(8)];
    await send(example.http, newId(16), [
      { service: 'shop', kind: 3, id },
      { service: 'stock', kind: 2, id: called, parent: id },
    ]);
  };
  await edge();
  await edge();
  await until('two edges', () => target.edges.get('shop -> stock') === 2n);
  await edge();
  example.program.child.kill('SIGHUP');
  let sent = 3;
  const began = (): bigint | undefined => target.points.find(({ start }) => start !== target.points[0]?.start)?.start;
  await until('the new configuration counts', async () => {
    await edge();
    sent++;
    return began() !== undefined;
  });
  expect(await example.program.stop()).toBe(0);
  const isNew = ({ start }: EdgePoint): boolean => start === began();
  const before = target.points.filter((point) => !isNew(point));
  const after = target.points.filter(isNew);
  const last = (points: readonly EdgePoint[]): bigint => highest(points.map(({ value }) => value));
  // Every edge is in one of the two, and no point of the old one comes after the new one began.
  expect(last(before) + last(after)).toBe(BigInt(sent));
  expect(before.every(({ time }) => time <= (began() ?? 0n))).toBe(true);
  expect(target.points.lastIndexOf(before.at(-1) as EdgePoint)).toBe(before.length - 1);
});
