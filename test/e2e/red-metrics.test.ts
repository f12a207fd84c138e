import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { testWith } from '../support/peers.js';
import { freePorts, startProgram, until, type Program } from '../support/program.js';
import { Prometheus, type RawSample } from '../support/prometheus.js';
import { RedTiers } from '../support/red-tiers.js';
import { bounds, RedTraffic, type Counted } from '../support/red-traffic.js';

const test = testWith('prometheus');

const calls = 'traces_span_metrics_calls_total';
const duration = 'traces_span_metrics_duration_milliseconds';

/** The total of each series, over all of its resets, by `service/name/kind/status`, and for buckets by bound. */
async function totals(prometheus: Prometheus, metric: string): Promise<Map<string, Map<string, number>>> {
  const all = new Map<string, Map<string, number>>();
  // A bucket may be where it was before a restart, by its first sample. The count of its histogram has fallen.
  const counts = metric.endsWith('_bucket') ? await prometheus.samples(metric.replace(/_bucket$/, '_count')) : [];
  const falls = new Map(counts.map(({ metric: labels, values }) => [writerOf(labels), fallsOf(values)]));
  for (const { metric: labels, values } of await prometheus.samples(metric)) {
    const series = nameOf(labels);
    const byBound = all.get(series) ?? new Map<string, number>();
    all.set(series, byBound);
    // A scrape by protobuf writes `2.0` where remote write has `2`.
    const le = labels['le']?.replace(/\.0$/, '') ?? '';
    const total = countedOver(values, falls.get(writerOf(labels)) ?? fallsOf(values));
    byBound.set(le, (byBound.get(le) ?? 0) + total);
  }
  return all;
}

/** The labels that the series of one histogram share, as text. */
function writerOf(labels: Readonly<Record<string, string>>): string {
  const { __name__: _name, le: _le, ...shared } = labels;
  return JSON.stringify(Object.entries(shared).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** The times at which a counter fell. */
function fallsOf(values: readonly RawSample[]): number[] {
  return values.flatMap(([time, text], i) => (i > 0 && Number(text) < Number(values[i - 1]?.[1]) ? [time] : []));
}

/** The total of a counter that began again at `times`. */
function countedOver(values: readonly RawSample[], times: readonly number[]): number {
  const ends = [...times, Infinity];
  return ends.reduce((sum, end, i) => {
    const last = values.findLast(([time]) => time < end && time >= (ends[i - 1] ?? -Infinity));
    return sum + Number(last?.[1] ?? 0);
  }, 0);
}

function nameOf(labels: Readonly<Record<string, string>>): string {
  const kind = labels['span_kind']?.replace('SPAN_KIND_', '');
  const status = labels['status_code']?.replace('STATUS_CODE_', '');
  return `${labels['service_name']}/${labels['span_name']}/${kind}/${status}`;
}

async function callsOf(prometheus: Prometheus): Promise<number> {
  let sum = 0;
  for (const byBound of (await totals(prometheus, calls)).values()) for (const count of byBound.values()) sum += count;
  return sum;
}

const sumOf = (counted: ReadonlyMap<string, Counted>): number =>
  [...counted.values()].reduce((sum, one) => sum + one.calls, 0);

/** Everything that was sent is counted, exactly, in both servers. */
async function expectExact({ written, scraping }: RedTiers, { counted }: RedTraffic): Promise<void> {
  for (const prometheus of [written, scraping]) {
    await until('all calls', async () => (await callsOf(prometheus)) === sumOf(counted)).catch(() => {});
    const [byCalls, byBucket, bySum, byCount] = await Promise.all(
      [calls, `${duration}_bucket`, `${duration}_sum`, `${duration}_count`].map((metric) => totals(prometheus, metric)),
    );
    expect(mapped(byCalls!, (byBound) => byBound.get(''))).toEqual(mapped(counted, (one) => one.calls));
    expect(mapped(byCount!, (byBound) => byBound.get(''))).toEqual(mapped(counted, (one) => one.calls));
    const les = [...bounds.map(String), '+Inf'];
    expect(mapped(byBucket!, (byBound) => les.map((le) => byBound.get(le)))).toEqual(
      mapped(counted, (one) => one.buckets),
    );
    for (const [series, one] of counted) {
      const sum = bySum!.get(series)?.get('') ?? 0;
      expect(Math.abs(sum - one.sumMs) / one.sumMs).toBeLessThan(1e-9);
    }
    expect(prometheus.refusedSamples).toEqual([]);
  }
}

function mapped<V, R>(all: ReadonlyMap<string, V>, of: (value: V) => R): Record<string, R> {
  return Object.fromEntries([...all].map(([series, value]) => [series, of(value)]));
}

interface Point {
  readonly startTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[];
}
interface Metrics {
  readonly resourceMetrics: readonly {
    readonly scopeMetrics: readonly {
      readonly metrics: readonly { readonly name: string; readonly sum?: { readonly dataPoints: readonly Point[] } }[];
    }[];
  }[];
}

/** The start times of each series of the calls of a service, milliseconds, in the order in which they were written. */
function startsOf(file: string, service: string): Set<number>[] {
  // The last line may be half there.
  const written = fs.readFileSync(file, 'utf8').split('\n').slice(0, -1);
  const points = written
    .flatMap((line) => (JSON.parse(line) as Metrics).resourceMetrics)
    .flatMap(({ scopeMetrics }) => scopeMetrics)
    .flatMap(({ metrics }) => metrics)
    .flatMap(({ name, sum }) => (name === 'traces.span.metrics.calls' ? (sum?.dataPoints ?? []) : []))
    .filter(({ attributes }) =>
      attributes.some(({ key, value }) => key === 'service.name' && value.stringValue === service),
    );
  const series = new Map<string, Set<number>>();
  for (const { attributes, startTimeUnixNano } of points) {
    const name = JSON.stringify(attributes);
    series.set(name, (series.get(name) ?? new Set()).add(Number(BigInt(startTimeUnixNano) / 1_000_000n)));
  }
  return [...series.values()];
}

const temporary = (): string => fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-red-'));

describe('RED metrics of two tiers in a real Prometheus', { timeout: 240_000 }, () => {
  for (const workers of [1, 2])
    test(`routed by service, ${workers} workers each: counts are exact, through a restart`, async () => {
      const folder = temporary();
      const tiers = await RedTiers.start('service', workers, folder);
      try {
        const traffic = new RedTraffic(tiers.port, 9);
        for (let round = 0; round < 4; round++) await traffic.send(100);
        await expectExact(tiers, traffic);

        // The ring gives an instance what its ports say, sometimes nothing.
        let chosen = -1;
        await until('an instance with services', () => {
          chosen = tiers.files.findIndex((file) => traffic.services.some((one) => startsOf(file, one).length > 0));
          return chosen >= 0;
        });
        const restarted = Date.now();
        await tiers.restart(chosen);
        // A fall shows a restart: before the next sample no counter may be past where it was. Fifteen traces have some
        // of each series.
        await traffic.send(15);
        await expectExact(tiers, traffic);
        for (let round = 0; round < 4; round++) await traffic.send(100);
        await expectExact(tiers, traffic);

        // The counters of one instance began again, once; those of the others did not.
        const resets = new Map<string, Set<number>>();
        for (const { metric, values } of await tiers.written.samples(calls)) {
          const service = metric['service_name']!;
          resets.set(service, (resets.get(service) ?? new Set()).add(fallsOf(values).length));
        }
        const begun = traffic.services.filter((service) => resets.get(service)?.has(1));
        expect([...resets.values()].every((all) => all.size === 1)).toBe(true);
        expect(begun.length).toBeGreaterThan(0);
        expect(begun.length).toBeLessThan(traffic.services.length);
        // The file is written behind the servers.
        await until('their new counters in the file', () =>
          begun.every((service) => startsOf(tiers.files[chosen]!, service).every(({ size }) => size > 1)),
        ).catch(() => {});
        for (const service of begun) {
          for (const starts of startsOf(tiers.files[chosen]!, service)) {
            const [before, after] = starts;
            expect(starts.size).toBe(2);
            expect(before).toBeLessThan(restarted);
            expect(after).toBeGreaterThanOrEqual(restarted);
          }
        }
      } finally {
        await tiers.stop();
        fs.rmSync(folder, { recursive: true, force: true });
      }
    });

  test('routed by trace ID: every instance counts a part, and a series that all of them write is wrong', async () => {
    const folder = temporary();
    const tiers = await RedTiers.start('traceID', 1, folder);
    try {
      const traffic = new RedTraffic(tiers.port, 3);
      // Each instance gets a third of each service in each round.
      for (let round = 0; round < 5; round++) {
        await traffic.send(100);
        // By scrape each instance is a series of its own, and their sum is right. All have written their part by then.
        const sent = sumOf(traffic.counted);
        await until('the sum of the instances', async () => (await callsOf(tiers.scraping)) === sent);
      }
      const all = sumOf(traffic.counted);
      // An instance whose scrape takes longer than half a second is not in a sum until the next one.
      const scraped = async (): Promise<number | undefined> => (await tiers.scraping.query(`sum(${calls})`))[0]?.value;
      await expect.poll(scraped).toBe(all);
      const split = `count by (service_name, span_name, span_kind, status_code) (${calls}) > 1`;
      await expect.poll(async () => (await tiers.scraping.query(split)).length).toBeGreaterThan(0);

      // By remote write they are one series: its value goes to and fro between the parts.
      await until('falls of a counter', async () => {
        const series = await tiers.written.samples(calls);
        return series.some(({ values }) => fallsOf(values).length > 3);
      });
      const [sum] = await tiers.written.query(`sum(${calls})`);
      expect(sum?.value).toBeLessThan(0.7 * all);
      // A query over the counter takes each fall for a restart.
      await until('a sum that is too large', async () => (await callsOf(tiers.written)) > 1.3 * all);
      // How to see it.
      expect((await tiers.written.query(`resets(${calls}[5m]) > 3`)).length).toBeGreaterThan(0);
    } finally {
      await tiers.stop();
      fs.rmSync(folder, { recursive: true, force: true });
    }
  });

  test('the examples count what they are sent', async () => {
    const prometheus = await Prometheus.start();
    const [http = 0, grpc = 0, a = 0, b = 0, pageA = 0, pageB = 0, ...own] = await freePorts(9);
    const example = (name: string): string =>
      fs.readFileSync(path.resolve(import.meta.dirname, '../../examples/red-metrics', name), 'utf8');
    const second = (port: number, page: number, metrics: number): Promise<Program> =>
      startProgram(example('tier-2.yaml'), {
        env: {
          GRPC_PORT: `${port}`,
          PAGE_PORT: `${page}`,
          METRICS_PORT: `${metrics}`,
          FLUSH_INTERVAL: '1s',
          PROMETHEUS: `http://127.0.0.1:${prometheus.port}`,
        },
      });
    const programs = [
      await startProgram(example('tier-1.yaml'), {
        env: {
          HTTP_PORT: `${http}`,
          GRPC_PORT: `${grpc}`,
          METRICS_PORT: `${own[0]}`,
          TIER_2_A: `localhost:${a}`,
          TIER_2_B: `localhost:${b}`,
        },
      }),
      await second(a, pageA, own[1]!),
      await second(b, pageB, own[2]!),
    ];
    try {
      const traffic = new RedTraffic(http, 16, 'localhost');
      await traffic.send(30);
      await until('all calls', async () => (await callsOf(prometheus)) === sumOf(traffic.counted));
      expect(prometheus.refusedSamples).toEqual([]);
      // Both have services, and each service is on one page.
      const pages = await Promise.all(
        [pageA, pageB].map(async (page) => (await fetch(`http://localhost:${page}/metrics`)).text()),
      );
      const on = (page: string): string[] => traffic.services.filter((one) => page.includes(`service_name="${one}"`));
      expect(pages.map((page) => on(page).length)).not.toContain(0);
      expect(pages.flatMap(on).toSorted()).toEqual(traffic.services.toSorted());
    } finally {
      await Promise.all(programs.map((program) => program.stop()));
      await prometheus.stop();
    }
  });
});
