import { execFileSync } from 'node:child_process';
import { constants } from 'node:fs';
import { mkdtemp, open, rename, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ScrapeTarget, type FlatPoint } from '../../../../test/support/scrape-target.js';
import { until } from '../../../../test/support/program.js';
import { RequestsUnderWay } from '../../../../test/support/requests-under-way.js';
import { ofTarget, ScrapeWorld, short } from '../../../../test/support/scrape-world.js';
import { groupsOfJson, groupsOfYaml } from './groups.js';

let target: ScrapeTarget;
let other: ScrapeTarget;
let world: ScrapeWorld;
let folder: string;
let underWay: RequestsUnderWay;
beforeEach(async () => {
  underWay = new RequestsUnderWay();
  [target, other] = [await ScrapeTarget.start('a 1\n'), await ScrapeTarget.start('b 1\n')];
  folder = await mkdtemp(path.join(tmpdir(), 'kanmon-sd-'));
  world = new ScrapeWorld();
});
afterEach(async () => {
  underWay.stop();
  await world.stop();
  await target.stop();
  await other.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Writes a file as programs do that others watch: whole at once. */
async function put(name: string, content: string): Promise<void> {
  await writeFile(path.join(folder, `.${name}.new`), content);
  await rename(path.join(folder, `.${name}.new`), path.join(folder, name));
}

/**
 * Lets time pass in steps, between which files and sockets have their turn, until `reached`. None passes while a
 * request is under way: the answer would be late.
 */
async function passes(what: string, stepMs: number, reached: () => boolean): Promise<void> {
  await until(what, async () => {
    await underWay.answered();
    if (!reached()) await world.world.clock.pass(stepMs);
    return reached();
  });
}

/** Lets time pass until the last point of each series that is scraped from now on is as expected. */
async function scrapes(...expected: readonly string[]): Promise<void> {
  const from = world.batches.length;
  await passes(expected.join(), 1000, () => {
    const points = world.batches.slice(from).flatMap((batch) => short(ofTarget(batch)));
    const last = new Map(points.map((point) => [point.slice(0, point.lastIndexOf(' ')), point]));
    return [...last.values()].toSorted().join() === expected.toSorted().join();
  });
}

const job = (more: object): object => ({
  config: { scrape_configs: [{ job_name: 'job', scrape_interval: '1s', scrape_timeout: '1s', ...more }] },
});

test('targets come from files, follow their changes, and stay where a file is broken', async () => {
  await put('one.json', JSON.stringify([{ targets: [target.address], labels: { team: 'x', n: 1 } }]));
  await world.start(
    job({
      file_sd_configs: [{ files: [`${folder}/*.json`, `${folder}/two.yml`] }],
      relabel_configs: [{ source_labels: ['__meta_filepath'], regex: '.*/(.*)', target_label: 'file' }],
    }),
  );
  await scrapes('a{file=one.json,n=1,team=x} 1');
  await put('two.yml', `- targets: ['${other.address}']\n  labels: {team: y}\n`);
  await scrapes('a{file=one.json,n=1,team=x} 1', 'b{file=two.yml,team=y} 1');
  await put('one.json', '[{');
  while (world.world.lines.length === 0) await scrapes('a{file=one.json,n=1,team=x} 1', 'b{file=two.yml,team=y} 1');
  // With each reading.
  expect(new Set(world.world.lines.map(({ message }) => message))).toEqual(new Set(['Error reading file of targets']));
  await scrapes('a{file=one.json,n=1,team=x} 1', 'b{file=two.yml,team=y} 1');
  await rm(path.join(folder, 'one.json'));
  // The series of a target that does not come back end after two intervals.
  await scrapes('a{file=one.json,n=1,team=x} stale', 'b{file=two.yml,team=y} 1');
  await scrapes('b{file=two.yml,team=y} 1');
});

test('targets come from an endpoint, and stay while it does not answer', async () => {
  const list = await ScrapeTarget.start();
  list.page = () => ({ body: JSON.stringify([{ targets: [target.address] }]), type: 'application/json' });
  await world.start(job({ http_sd_configs: [{ url: `http://${list.address}/sd`, refresh_interval: '3s' }] }));
  await scrapes('a 1');
  list.page = () => ({ status: 500, body: '' });
  const answered = list.requests.length;
  await passes('two failures', 1000, () => list.requests.length > answered + 1);
  await scrapes('a 1');
  list.page = () => ({ body: JSON.stringify([{ targets: [other.address] }]), type: 'application/json; charset=utf-8' });
  await scrapes('a stale', 'b 1');
  await scrapes('b 1');
  expect(list.requests[0]?.headers).toMatchObject({
    accept: 'application/json',
    'x-prometheus-refresh-interval-seconds': '3',
  });
  await list.stop();
});

test('a receiver ends while a discovery waits for a token', async () => {
  const tokens = await ScrapeTarget.start();
  tokens.page = () => ({ body: '', silent: true });
  const oauth2 = { client_id: 'me', client_secret: 's', token_url: `http://${tokens.address}/token` };
  await world.start(job({ http_sd_configs: [{ url: `http://${other.address}/sd`, oauth2 }] }));
  await world.until(() => tokens.requests.length === 1);
  await world.stop();
  expect(world.world.lines).toEqual([]);
  expect(other.requests).toEqual([]);
  await tokens.stop();
});

test('a discovery that does not end is waited for until the deadline', async () => {
  const file = path.join(folder, 't.json');
  execFileSync('mkfifo', [file]);
  await world.start(job({ file_sd_configs: [{ files: [file] }] }));
  // It can be opened as soon as it is being read, and is read until it is closed.
  let writer: FileHandle | undefined;
  while (!writer)
    writer = await open(file, constants.O_WRONLY | constants.O_NONBLOCK).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENXIO') throw error;
      return undefined;
    });
  await world.stop(AbortSignal.abort());
  await writer.close();
});

test('a target that comes back within two intervals goes on as the same series', async () => {
  const scrapesOf = (name: string): FlatPoint[][] =>
    world.batches.filter((points) => ofTarget(points).some((point) => point.name === name));
  /** A target that is new in the file is scraped at once, which shows that the file was read. */
  const lists = async ({ address }: ScrapeTarget, name: string): Promise<void> => {
    const before = scrapesOf(name).length;
    await put('t.json', JSON.stringify([{ targets: [address] }]));
    await passes(`a scrape of ${name}`, 10, () => scrapesOf(name).length > before);
  };
  await put('t.json', '[]');
  await world.start({
    config: {
      scrape_configs: [{ job_name: 'job', scrape_interval: '1h', file_sd_configs: [{ files: [`${folder}/t.json`] }] }],
    },
  });
  await lists(target, 'a');
  await lists(other, 'b');
  await lists(target, 'a');
  expect(
    scrapesOf('a').map((points) => points.find(({ name }) => name === 'scrape_series_added')?.point['asDouble']),
  ).toEqual([1, 0]);
  // Its earlier absence is forgotten; that of the other one is not.
  const ended = (): string[] => world.batches.flatMap(short).filter((point) => /^[ab] stale$/.test(point));
  await passes('the end of b', 3_600_000, () => ended().length > 0);
  expect(ended()).toEqual(['b stale']);
  await lists(other, 'b');
  await passes('the end of a', 3_600_000, () => ended().length > 1);
  expect(ended()).toEqual(['b stale', 'a stale']);
});

test('lists of targets are checked', () => {
  expect(groupsOfYaml('- targets: [a:1]\n  labels: {n: 1, b: true}\n- targets: null\n')).toEqual([
    { targets: ['a:1'], labels: { n: '1', b: 'true' } },
    { targets: [], labels: {} },
  ]);
  for (const [text, words] of [
    ['{}', 'a list of target groups was expected'],
    ['[1]', 'target group 0: a map was expected'],
    ['[{"target": []}]', 'unknown key "target"'],
    ['[{"targets": [1]}]', 'targets must be a list of texts'],
    ['[{"labels": {"a": {}}}]', 'label "a" must be a text'],
  ] as const)
    expect(() => groupsOfJson(text)).toThrow(words);
  expect(() => groupsOfYaml('- &a {targets: []}\n- *a\n')).toThrow('aliases');
});
