import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { startBackend, type Backend } from '../support/backend.js';
import { readSeries } from '../support/ledger.js';
import { freePorts, startProgram, until, type Program } from '../support/program.js';

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

test(
  'failover.yaml goes to the spare backend and comes back, and delivers everything once',
  { timeout: 60_000 },
  async () => {
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
  },
);
