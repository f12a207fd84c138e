import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Consumer, RequestContext } from '../../component/consumer.js';
import { defineReceiver, type Receiver, type ReceiverDefinition, type SignalContext } from '../../component/define.js';
import { DeliveryError } from '../../component/delivery-error.js';
import { group, text } from '../../component/schema/schema.js';
import type { Batch } from '../../otlp/batch.js';
import { jsonToProto } from '../../otlp/json/decode.js';
import { protoToJson } from '../../otlp/json/encode.js';
import { validate } from '../../otlp/wire/validate.js';
import { heldWorld, type HeldWorld } from '../../../test/support/held-world.js';
import { hostWith } from '../../../test/support/host.js';
import { receiverMetrics, receiverReasons } from '../metrics.js';
import { scrapeShape, type ScrapeConfig } from './config.js';
import { scraperMetrics } from './metrics.js';
import type { Scrape, Scraped, Scraper } from './scraper.js';
import { scraping } from './scraping.js';

interface Config extends ScrapeConfig {
  readonly file: string;
}

/** A receiver as one would be written: gauges from the lines `name value` of a file. */
const definition: ReceiverDefinition<Config> = defineReceiver<Config>({
  type: 'gauge_file',
  stability: { metrics: 'Development' },
  config: group<Config>({ ...scrapeShape(), file: text('', { about: 'The file to read.' }) }),
  telemetry: { metrics: [...receiverMetrics, ...scraperMetrics], reasons: receiverReasons },
  create: (config, context, next) =>
    scraping({ ...context, signal: 'metrics' }, config, [fileScraper(config.file)], next),
});

function fileScraper(file: string): Scraper {
  return {
    name: 'file',
    async scrape() {
      const lines = (await readFile(file, 'utf8')).trim().split('\n');
      const gauges = lines.map((line) => line.split(' '));
      const good = gauges.filter(([, value]) => Number.isFinite(Number(value)));
      const bad = gauges.find((gauge) => !good.includes(gauge));
      const batch = metrics(good.map(([name = '', value]) => [name, Number(value)]));
      return {
        batch,
        missing: bad && { error: new Error(`${bad[0]}: no number`), count: gauges.length - good.length },
      };
    },
  };
}

function metrics(gauges: readonly (readonly [name: string, value: number])[]): Batch | undefined {
  if (gauges.length === 0) return undefined;
  const list = gauges.map(([name, value]) => ({
    name,
    gauge: { dataPoints: [{ asDouble: value }, { asDouble: value }] },
  }));
  const request = { resourceMetrics: [{ scopeMetrics: [{ metrics: list }] }] };
  return validate('metrics', jsonToProto('metrics', Buffer.from(JSON.stringify(request))));
}

/** Names in the batches that were handed on, one list per batch. */
interface Pipeline extends Consumer {
  readonly names: string[][];
  readonly contexts: RequestContext[];
  refuse: DeliveryError | undefined;
  /** Set: `consume` waits for it. */
  gate: Promise<void> | undefined;
}

function pipeline(): Pipeline {
  const sink: Pipeline = {
    names: [],
    contexts: [],
    refuse: undefined,
    gate: undefined,
    async consume(batch, context) {
      const names = [
        ...Buffer.from(protoToJson('metrics', batch.bytes))
          .toString()
          .matchAll(/"name":"(\w+)"/g),
      ];
      sink.names.push(names.map(([, name = '']) => name));
      sink.contexts.push(context);
      await sink.gate;
      if (sink.refuse) throw sink.refuse;
    },
  };
  return sink;
}

const metricsContext = ({ context }: HeldWorld): SignalContext & { readonly signal: 'metrics' } => ({
  ...context,
  signal: 'metrics',
});
const forever = new AbortController().signal;

/** A scraper whose every scrape lasts until the test ends it. */
class HeldScraper implements Scraper {
  readonly name = 'held';
  readonly scrapes: Scrape[] = [];
  #end: ((scraped: Scraped) => void) | undefined;

  scrape(scrape: Scrape): Promise<Scraped> {
    this.scrapes.push(scrape);
    return new Promise((resolve, reject) => {
      this.#end = resolve;
      scrape.signal.addEventListener('abort', () => reject(new Error(`cancelled by ${scrape.signal.cancelledBy}`)));
    });
  }

  end(scraped: Scraped = { batch: metrics([['held', 1]]) }): void {
    this.#end?.(scraped);
  }
}

const config = (given: Partial<ScrapeConfig> = {}): ScrapeConfig => ({
  collection_interval: 10,
  initial_delay: 0,
  timeout: 0,
  ...given,
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'kanmon-scrape-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('scrapes come after initial_delay and at each interval, and partial results stay beside the fault', async () => {
  const world = heldWorld({ signal: 'metrics', id: 'gauge_file' });
  const sink = pipeline();
  const file = path.join(folder, 'gauges');
  const settings = definition.config.parse({ file, collection_interval: '10s' });
  expect(settings).toMatchObject({ collection_interval: 10_000, initial_delay: 1000, timeout: 0 });
  const receiver: Receiver = await definition.create(settings, world.context, sink);
  await writeFile(file, 'a 1\nb 2\n');
  await receiver.start?.(hostWith());
  await world.clock.pass(999);
  expect(sink.names).toEqual([]);
  await world.clock.pass(1);
  await expect.poll(() => sink.names).toEqual([['a', 'b']]);
  await writeFile(file, 'a 1\nb two\nc 3\n');
  await world.clock.pass(10_000);
  await expect.poll(() => sink.names.length).toBe(2);
  await rm(file);
  await world.clock.pass(10_000);
  await expect.poll(() => world.lines.length).toBe(2);
  await receiver.shutdown?.(forever);
  await world.clock.pass(100_000);
  expect(sink.names).toEqual([
    ['a', 'b'],
    ['a', 'c'],
  ]);
  expect(
    world.lines.map(({ level, message, fields }) => [level, message, fields?.['scraper'], String(fields?.['error'])]),
  ).toEqual([
    ['error', 'Error scraping metrics', 'file', 'Error: b: no number'],
    ['error', 'Error scraping metrics', 'file', expect.stringContaining('ENOENT')],
  ]);
  expect(world.metrics).toMatchObject({
    otelcol_scraper_scraped_metric_points: 4,
    otelcol_scraper_errored_metric_points: 1,
    otelcol_receiver_accepted_metric_points: 8,
    otelcol_receiver_refused_metric_points: 0,
  });
});

test('a value that the loop cannot use is refused by name', () => {
  const fault = (given: object): string =>
    definition.config
      .safeParse(given)
      .error?.issues.map(({ message }) => message)
      .join() ?? '';
  expect(fault({ collection_interval: '0s' })).toBe('"collection_interval": requires positive value');
  expect(fault({ timeout: '-1s' })).toBe('"timeout": must be non-negative');
  expect(fault({ initial_delay: '-1s' })).toBe('');
});

test('a scrape longer than the interval delays the next one, which stays on the beat; none overlaps', async () => {
  const world = heldWorld();
  const scraper = new HeldScraper();
  const sink = pipeline();
  const begun: number[] = [];
  const timed: Scraper = {
    name: 'held',
    scrape: (scrape) => {
      begun.push(world.clock.now() - 1000);
      return scraper.scrape(scrape);
    },
  };
  const receiver = scraping(metricsContext(world), config(), [timed], sink);
  await receiver.start?.(hostWith());
  await world.clock.pass(0);
  scraper.end();
  // The second one, at 10, lasts until 35: the ticks at 20 and 30 are one.
  await world.clock.pass(35);
  expect(begun).toEqual([0, 10]);
  scraper.end();
  await world.clock.pass(0);
  expect(begun).toEqual([0, 10, 35]);
  scraper.end();
  await world.clock.pass(5);
  expect(begun).toEqual([0, 10, 35, 40]);
  // Handing on is part of the run.
  let open = (): void => {};
  sink.gate = new Promise((resolve) => (open = resolve));
  scraper.end();
  await world.clock.pass(10);
  expect(begun).toHaveLength(4);
  open();
  await world.clock.pass(0);
  expect(begun).toEqual([0, 10, 35, 40, 50]);
  scraper.end();
  await receiver.shutdown?.(forever);
  expect(sink.names).toHaveLength(5);
});

test('timeout cancels the scrape that lasts too long, and the next tick scrapes again', async () => {
  const world = heldWorld();
  const scraper = new HeldScraper();
  const sink = pipeline();
  const receiver = scraping(metricsContext(world), config({ timeout: 4 }), [scraper], sink);
  await receiver.start?.(hostWith());
  await world.clock.pass(3);
  expect([scraper.scrapes[0]?.deadline, scraper.scrapes[0]?.signal.aborted]).toEqual([1004, false]);
  await world.clock.pass(1);
  expect(scraper.scrapes[0]?.signal.cancelledBy).toBe('deadline');
  expect(world.lines.map(({ fields }) => String(fields?.['error']))).toEqual(['Error: cancelled by deadline']);
  await world.clock.pass(6);
  scraper.end();
  await world.clock.pass(0);
  expect(sink.names).toEqual([['held']]);
  expect(sink.contexts[0]?.deadline).toBe(1014);
  await world.clock.pass(4);
  expect(scraper.scrapes).toHaveLength(2);
  await receiver.shutdown?.(forever);
});

test('one scraper that fails costs its own data only, and all others leave in one batch', async () => {
  const world = heldWorld();
  const sink = pipeline();
  const giving = (name: string, scraped: Scraped): Scraper => ({ name, scrape: () => Promise.resolve(scraped) });
  const receiver = scraping(
    metricsContext(world),
    config(),
    [
      giving('a', { batch: metrics([['a', 1]]) }),
      { name: 'b', scrape: () => Promise.reject(new Error('gone')) },
      giving('c', { batch: metrics([['c', 1]]), missing: { error: new Error('half'), count: 3 } }),
      giving('d', { batch: undefined }),
    ],
    sink,
  );
  await receiver.start?.(hostWith());
  await world.clock.pass(0);
  expect(sink.names).toEqual([['a', 'c']]);
  expect(world.metrics).toMatchObject({
    otelcol_scraper_scraped_metric_points: 2,
    otelcol_scraper_errored_metric_points: 3,
  });
  expect(world.metrics['otelcol_receiver_accepted_metric_points']).toBe(4);
  await receiver.shutdown?.(forever);
});

test('what the pipelines refuse is booked as refused and not offered again', async () => {
  const world = heldWorld();
  const sink = pipeline();
  sink.refuse = new DeliveryError('full', { class: 'retryable', reason: 'queue_full' });
  const scraper = new HeldScraper();
  const receiver = scraping(metricsContext(world), config(), [scraper], sink);
  await receiver.start?.(hostWith());
  await world.clock.pass(0);
  scraper.end();
  await world.clock.pass(9);
  expect(sink.names).toHaveLength(1);
  expect(world.metrics).toMatchObject({
    otelcol_receiver_refused_metric_points: 2,
    otelcol_receiver_accepted_metric_points: 0,
  });
  sink.refuse = undefined;
  await world.clock.pass(1);
  scraper.end();
  await receiver.shutdown?.(forever);
  expect(world.metrics['otelcol_receiver_accepted_metric_points']).toBe(2);
});

test('shutdown waits for the scrape that runs, and cancels it at the deadline', async () => {
  const world = heldWorld();
  const sink = pipeline();
  const scraper = new HeldScraper();
  const waiting = scraping(metricsContext(world), config(), [scraper], sink);
  await waiting.start?.(hostWith());
  await world.clock.pass(0);
  const ended = Promise.resolve(waiting.shutdown?.(forever));
  scraper.end();
  await ended;
  expect(sink.names).toEqual([['held']]);

  const cancelled = scraping(metricsContext(world), config(), [scraper], sink);
  await cancelled.start?.(hostWith());
  await world.clock.pass(0);
  const deadline = new AbortController();
  const given = Promise.resolve(cancelled.shutdown?.(deadline.signal));
  deadline.abort();
  await given;
  expect(scraper.scrapes.at(-1)?.signal.cancelledBy).toBe('drain');
  await world.clock.pass(100);
  expect([scraper.scrapes.length, sink.names.length]).toEqual([2, 1]);
});

test('scrapers start in order and end with the receiver; shutdown is possible before start and twice', async () => {
  const world = heldWorld();
  const steps: string[] = [];
  const named = (name: string): Scraper => ({
    name,
    start: () => void steps.push(`start ${name}`),
    shutdown: () => void steps.push(`end ${name}`),
    scrape: () => Promise.resolve({ batch: undefined }),
  });
  await scraping(metricsContext(world), config(), [named('x')], pipeline()).shutdown?.(forever);
  const receiver = scraping(metricsContext(world), config(), [named('a'), named('b')], pipeline());
  await receiver.start?.(hostWith());
  await receiver.shutdown?.(forever);
  await receiver.shutdown?.(forever);
  expect(steps).toEqual(['start a', 'start b', 'end a', 'end b']);
});
