import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { jsonToProto } from '../../src/otlp/json/decode.js';
import { validate } from '../../src/otlp/wire/validate.js';
import { readPoints, type ReadPoint } from '../support/converted-points.js';
import { readLedger, sum } from '../support/ledger.js';
import { at, attributes, type Json } from '../support/metrics.js';
import { freePorts, startProgram, until, type Program } from '../support/program.js';

const example = path.resolve(import.meta.dirname, '../../examples/temporality.yaml');
const streams = 40;
const rounds = 10;
/** Seconds of the time of the first point, which lies behind the start of the gateway. */
const first = 1_000_000_000;

const programs: Program[] = [];
const folders: string[] = [];
afterEach(async () => {
  await Promise.all(programs.splice(0).map((program) => program.stop('SIGKILL')));
  for (const folder of folders.splice(0)) fs.rmSync(folder, { recursive: true, force: true });
});

interface World {
  readonly program: Program;
  readonly http: number;
  readonly metrics: number;
  points(file: 'totals' | 'changes'): ReadPoint[];
}

async function start(args: readonly string[]): Promise<World> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-temporality-'));
  folders.push(folder);
  const [http = 0, grpc = 0, metrics = 0] = await freePorts(3);
  const ports = { HTTP_PORT: String(http), GRPC_PORT: String(grpc), METRICS_PORT: String(metrics) };
  const files = { TOTALS: path.join(folder, 'totals.jsonl'), CHANGES: path.join(folder, 'changes.jsonl') };
  const program = await startProgram(fs.readFileSync(example, 'utf8'), {
    env: { ...ports, ...files, INTERVAL: '300ms' },
    args,
  });
  programs.push(program);
  const points = (file: 'totals' | 'changes'): ReadPoint[] => {
    const name = path.join(folder, `${file}.jsonl`);
    const lines = fs.existsSync(name) ? fs.readFileSync(name, 'utf8').split('\n').filter(Boolean) : [];
    return lines.flatMap((line) => readPoints(validate('metrics', jsonToProto('metrics', Buffer.from(line)))));
  };
  return { program, http, metrics, points };
}

/** The value of a stream in a round: some tens, which differ. */
const changeOf = (stream: number, round: number): number => 10 + ((stream * 7 + round * 13) % 50);
const totalOf = (stream: number, to: number): number =>
  Array.from({ length: to + 1 }, (_, round) => changeOf(stream, round)).reduce((sum, one) => sum + one, 0);

/** One request with a round of every stream: what has changed, and the total of another counter. */
async function send(port: number, round: number): Promise<void> {
  const points = (valueOf: (stream: number) => number, start: number): Json[] =>
    Array.from({ length: streams }, (_, stream) => ({
      ...{ asInt: String(valueOf(stream)), startTimeUnixNano: at(first + start) },
      ...{ timeUnixNano: at(first + (round + 1) * 10), attributes: attributes({ stream: String(stream) }) },
    }));
  const sum = (aggregationTemporality: number, dataPoints: readonly Json[]): Json => ({
    sum: { aggregationTemporality, isMonotonic: true, dataPoints },
  });
  const metrics = [
    {
      name: 'changes',
      ...sum(
        1,
        points((stream) => changeOf(stream, round), round * 10),
      ),
    },
    {
      name: 'totals',
      ...sum(
        2,
        points((stream) => totalOf(stream, round), 0),
      ),
    },
  ];
  const response = await fetch(`http://localhost:${port}/v1/metrics`, {
    method: 'POST',
    // A connection of its own, so that workers share the requests.
    headers: { 'content-type': 'application/json', connection: 'close' },
    body: JSON.stringify({ resourceMetrics: [{ resource: {}, scopeMetrics: [{ metrics }] }] }),
  });
  expect(response.status).toBe(200);
}

const streamOf = ({ attributes: labels }: ReadPoint): number =>
  Number((labels as { value: { stringValue: string } }[])[0]?.value.stringValue);

/** By metric and stream: the values of its points in their order, as numbers. */
function valuesOf(points: readonly ReadPoint[]): Map<string, number[]> {
  const values = new Map<string, number[]>();
  for (const point of points) {
    const key = `${point.metric} ${streamOf(point)}`;
    const all = values.get(key) ?? [];
    values.set(key, all);
    all.push(Number(point['asInt']));
  }
  return values;
}

/** Checks both files when all rounds were sent. */
async function check({ program, metrics, points }: World): Promise<void> {
  await until('the ledger to hold nothing', async () => {
    const rows = await readLedger(metrics);
    return sum(rows, 'kanmon_ledger_held') === 0;
  });
  expect(await program.stop()).toBe(0);
  expect(new Set(points('totals').map(({ temporality }) => temporality))).toEqual(new Set(['cumulative']));
  expect(new Set(points('changes').map(({ temporality }) => temporality))).toEqual(new Set(['delta']));
  const totals = valuesOf(points('totals'));
  const changes = valuesOf(points('changes'));
  for (let stream = 0; stream < streams; stream++) {
    const expected = Array.from({ length: rounds }, (_, round) => changeOf(stream, round));
    for (const metric of ['changes', 'totals']) {
      expect(changes.get(`${metric} ${stream}`)).toEqual(expected);
      expect(totals.get(`${metric} ${stream}`)?.at(-1)).toBe(totalOf(stream, rounds - 1));
    }
  }
  // Points that came within one interval left as one.
  expect(points('totals').length).toBeLessThan(streams * rounds * 2);
}

test.each([1, 2])('totals and changes are those of all requests, with %i workers', async (n) => {
  const world = await start(n > 1 ? ['--workers', String(n)] : []);
  for (let round = 0; round < rounds; round++) await send(world.http, round);
  await check(world);
});

test('a reload goes on with all streams', async () => {
  const world = await start([]);
  for (let round = 0; round < rounds; round++) {
    if (round === rounds / 2) {
      world.program.child.kill('SIGHUP');
      await until('the reload', () => world.program.output().split('Everything is ready').length === 3);
    }
    await send(world.http, round);
  }
  await check(world);
});
