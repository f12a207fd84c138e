import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lossOf, makeClient } from '../support/backend.js';
import { DamagedSegment } from '../support/damaged-segments.js';
import { readLedger, readSeries, sum } from '../support/ledger.js';
import { startLogBackend, type LogBackend } from '../support/log-backend.js';
import { freePorts, startProgram, until, type Program } from '../support/program.js';
import { newSpanId, persistentGateway, QueueWorld, spansOf } from '../support/queue-world.js';

const aside = /\.seg\.damaged$/;
const damagesMetric = 'kanmon_file_storage_damages';

let world: QueueWorld;
beforeEach(() => {
  world = new QueueWorld();
});
afterEach(() => world.end());

/** The files that the log calls damaged, one for each place. */
function reportedFiles(program: Program): string[] {
  const lines = program.output().split('\n');
  const damages = lines.filter((line) => line.includes('A file of the storage is damaged'));
  return damages.map((line) => /"file":\s*"([^"]+)"/.exec(line)?.[1] ?? line).toSorted();
}

interface Damaged {
  /** Requests that are lost. */
  readonly lost: readonly string[];
  /** Of these, the ones of which the head can still be read, so that the books know them. */
  readonly booked: readonly string[];
  /** The file of each place of damage. */
  readonly places: readonly string[];
  /** Files that are there under another name in the end. */
  readonly aside: readonly string[];
}

/** Damages the files of a queue; `idsIn`: the span IDs whose requests lie in a segment, in order. */
type Damage = (segments: readonly DamagedSegment[], idsIn: (segment: DamagedSegment) => readonly string[]) => Damaged;

const placeOf = (segment: DamagedSegment, id: string): number => segment.placeOf(Buffer.from(id, 'hex'));
const paths = (segments: readonly DamagedSegment[]): string[] => segments.map((segment) => segment.path);

/** One bit in each of two values, and one in the head of a third frame. */
const flipped: Damage = (segments, idsIn) => {
  const [first, second] = segments as [DamagedSegment, DamagedSegment];
  const [a, b] = [idsIn(first), idsIn(second)];
  const [value = '', head = '', otherValue = ''] = [a[1], a[3], b[2]];
  first.flip(placeOf(first, value) - 50_000, 5);
  first.flip(first.frameOf(placeOf(first, head)) + 10);
  second.flip(placeOf(second, otherValue) + 3, 7);
  const damaged = [first, first, second];
  return {
    ...{ lost: [value, head, otherValue], booked: [value, otherValue] },
    ...{ places: paths(damaged), aside: paths([first, second]) },
  };
};

/** A file in the middle, and the last one, end within a record. */
const truncated: Damage = (segments, idsIn) => {
  const middle = segments[1]!;
  const last = segments.at(-1)!;
  const lost = [middle, last].flatMap((segment) => {
    const ids = idsIn(segment).slice(1);
    segment.cut(placeOf(segment, ids[0]!) - 50_000);
    return ids;
  });
  // The last one is as a kill leaves it: it is cut to whole records, and written on.
  return { lost, booked: [], places: paths([middle, last]), aside: [middle.path] };
};

const emptied: Damage = (segments, idsIn) => {
  const some = [segments[1]!, segments.at(-1)!];
  const lost = some.flatMap((segment) => idsIn(segment));
  for (const segment of some) segment.cut(0);
  return { lost, booked: [], places: paths(some), aside: [] };
};

test.each<[string, Damage]>([
  ['bits flipped', flipped],
  ['files truncated', truncated],
  ['files emptied', emptied],
])('a queue with %s: the program starts, says what is lost, and delivers the rest', async (_name, damage) => {
  const [backendPort = 0] = await freePorts(1);
  const { grpc, metrics, storage, start } = await world.gateway(backendPort);
  // An eighth of this is a segment.
  const yaml = persistentGateway.replace('max_size: 10_000_000_000', 'max_size: 8_000_000');
  const first = await start(yaml);
  const client = makeClient(grpc);
  world.atEnd(() => client.close());
  const ids = Array.from({ length: 40 }, newSpanId);
  for (const id of ids) expect(await client.send(spansOf([id], 's'.repeat(100_000)))).toBe(0);
  await first.stop('SIGKILL');

  const folder = path.join(storage, 'exporter_otlp_grpc__traces');
  const segments = DamagedSegment.in(folder);
  expect(segments.length).toBeGreaterThanOrEqual(4);
  const done = damage(segments, (segment) => ids.filter((id) => placeOf(segment, id) >= 0));

  const backend = await world.newBackend(backendPort);
  const second = await start(yaml);
  const kept = ids.filter((id) => !done.lost.includes(id));
  await until('the rest to arrive', () => lossOf(kept, [backend]).lost === 0);
  const more = newSpanId();
  expect(await client.send(spansOf([more]))).toBe(0);
  await until('the books to be empty', async () => sum(await readLedger(metrics), 'kanmon_ledger_held') === 0);
  expect([...backend.accepted.keys()].toSorted()).toEqual([...kept, more].toSorted());
  expect(lossOf(ids, [backend]).duplicates).toBe(0);

  expect(reportedFiles(second)).toEqual(done.places.toSorted());
  const places = sum(await readSeries(metrics, damagesMetric), damagesMetric, {
    data: 'exporter_otlp_grpc__traces',
  });
  expect(places).toBe(done.places.length);
  const books = await readLedger(metrics);
  const labels = { component: 'otlp_grpc', signal: 'traces' };
  expect(sum(books, 'kanmon_ledger_dropped', { ...labels, reason: 'damaged' })).toBe(done.booked.length);
  expect(sum(books, 'kanmon_ledger_created', labels)).toBe(kept.length + done.booked.length);
  const filesAside = (): string[] => fs.readdirSync(folder).filter((name) => aside.test(name));
  await until('files to be set aside', () => filesAside().length === done.aside.length);
  expect(filesAside().toSorted()).toEqual(done.aside.map((file) => `${path.basename(file)}.damaged`).toSorted());
  expect(await second.stop()).toBe(0);
});

/** An agent that reads the files of a folder, and what it has stored about them. */
class Agent {
  readonly folder: string = world.newFolder();
  /** The first one is there before the agent starts. */
  readonly names: readonly string[] = ['a', 'b', 'c', 'd', 'e', 'f'];
  readonly store: string = path.join(this.folder, 'store/receiver_file_log__');
  readonly #backend: LogBackend;
  metrics = 0;

  constructor(backend: LogBackend) {
    this.#backend = backend;
  }

  fileOf(name: string): string {
    return path.join(this.folder, `${name}.log`);
  }

  async start(startAt: string): Promise<Program> {
    [this.metrics] = (await freePorts(1)) as [number];
    const program = await startProgram(`
extensions: {file_storage: {directory: ${this.folder}/store, create_directory: true}}
receivers:
  file_log: {include: ['${this.folder}/*.log'], start_at: ${startAt}, poll_interval: 50ms, storage: file_storage}
exporters:
  otlp_grpc: {endpoint: "127.0.0.1:${this.#backend.port}", tls: {insecure: true}, sending_queue: {enabled: false}}
service:
  extensions: [file_storage]
  telemetry:
    metrics: {readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: ${this.metrics}}}}}]}
  pipelines: {logs: {receivers: [file_log], exporters: [otlp_grpc]}}
`);
    world.atEnd(() => program.stop('SIGKILL'));
    return program;
  }

  write(name: string, from: number, to: number): void {
    fs.appendFileSync(this.fileOf(name), this.lines(name, from, to).join('\n') + '\n');
  }

  lines(name: string, from: number, to: number): string[] {
    return Array.from({ length: to - from }, (_, i) => `${name} line ${from + i}`);
  }

  /** Where the newest record of a file lies; negative when in another segment. */
  placeIn(segment: DamagedSegment, name: string): number {
    return segment.placeOf(`"path":"${this.fileOf(name)}"`);
  }

  /** Whether what is stored says that all of a file was accepted. */
  isStored(name: string): boolean {
    if (!fs.existsSync(this.store)) return false;
    return DamagedSegment.in(this.store).some((segment) => {
      const place = this.placeIn(segment, name);
      const record = segment.bytes.toString('latin1', place, place + 1000);
      return place >= 0 && Number(/"offset":(\d+)/.exec(record)?.[1]) === fs.statSync(this.fileOf(name)).size;
    });
  }
}

/** Damages the only file of stored offsets; the result is the names of files whose offsets are lost. */
type OffsetDamage = (segment: DamagedSegment, agent: Agent) => readonly string[];

const flippedOffsets: OffsetDamage = (segment, agent) => {
  segment.flip(agent.placeIn(segment, 'b') + 12, 3);
  segment.flip(segment.frameOf(agent.placeIn(segment, 'd')) + 10);
  return ['b', 'd'];
};
const truncatedOffsets: OffsetDamage = (segment, agent) => {
  segment.cut(agent.placeIn(segment, 'd') + 20);
  return ['d', 'e', 'f'];
};
const emptiedOffsets: OffsetDamage = (segment, agent) => {
  segment.cut(0);
  return agent.names;
};

test.each<[string, OffsetDamage, string, number]>([
  ['bits flipped', flippedOffsets, 'beginning', 2],
  ['a file truncated', truncatedOffsets, 'beginning', 1],
  ['a file emptied', emptiedOffsets, 'beginning', 1],
  ['a file emptied, and start_at end', emptiedOffsets, 'end', 1],
])('offsets with %s: files whose offset is lost are read again, no line is lost', async (_name, damage, at, places) => {
  const backend = await startLogBackend();
  world.atEnd(() => backend.close());
  const agent = new Agent(backend);
  const [firstName = '', ...laterNames] = agent.names;
  agent.write(firstName, 0, 10);
  const first = await agent.start(at);
  await until('an offset to be stored', () => agent.isStored(firstName));
  for (const name of laterNames) {
    agent.write(name, 0, 10);
    // A record of its own.
    await until('an offset to be stored', () => agent.isStored(name));
  }
  await first.stop('SIGKILL');
  for (const name of agent.names) agent.write(name, 10, 20);
  const [segment, ...others] = DamagedSegment.in(agent.store);
  expect(others).toEqual([]);
  const lost = damage(segment!, agent);

  const second = await agent.start(at);
  const times = new Map<string, number>();
  const arrives = (line: string): void => void times.set(line, (times.get(line) ?? 0) + 1);
  for (const name of agent.names) {
    if (name !== firstName || at === 'beginning') for (const line of agent.lines(name, 0, 10)) arrives(line);
    if (lost.includes(name)) for (const line of agent.lines(name, 0, 10)) arrives(line);
    for (const line of agent.lines(name, 10, 20)) arrives(line);
  }
  const all = (counts: ReadonlyMap<string, number>): number => [...counts.values()].reduce((a, b) => a + b, 0);
  await until('every line', () => all(backend.accepted) >= all(times));
  expect(Object.fromEntries(backend.accepted)).toEqual(Object.fromEntries(times));

  expect(reportedFiles(second)).toEqual(Array.from({ length: places }, () => segment!.path));
  const counted = await readSeries(agent.metrics, damagesMetric);
  expect(sum(counted, damagesMetric, { data: 'receiver_file_log__' })).toBe(places);
  await until('offsets to be stored', () => agent.names.every((name) => agent.isStored(name)));
  expect(await second.stop()).toBe(0);
  const filesAside = fs.readdirSync(agent.store).filter((name) => aside.test(name));
  expect(filesAside).toEqual(damage === flippedOffsets ? [`${path.basename(segment!.path)}.damaged`] : []);
});
