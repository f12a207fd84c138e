import { expect, test } from 'vitest';
import { at, attributes, type Json } from '../../../test/support/metrics.js';
import { Writing } from '../../../test/support/writing.js';

const day = 24 * 3600;

/** Numbers from 0 to 1 that a seed decides. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return ((state ^ (state >>> 15)) >>> 0) / 0x1_0000_0000;
  };
}

/** A request that arrives at a time, in seconds since the beginning. */
interface Arrival {
  readonly at: number;
  readonly peer: string;
  readonly resource: Json;
}

/** One process of an application, with its connection and the times at which it is there. */
interface Life {
  readonly host: Host;
  readonly from: number;
  readonly to: number;
}

/** Hosts, and how many seconds their clocks are ahead. */
const hosts = [
  ['10.1.0.1', 0.4],
  ['10.1.0.2', -0.4],
  ['10.1.0.3', 0],
] as const;
type Host = (typeof hosts)[number];

/**
 * The lives of an instance with one identity during a day: restarts in place, and replacements on other hosts, back and
 * forth. A process begins when the one before has ended, some within a second, some after minutes.
 */
function livesOf(random: () => number): Life[] {
  const lives: Life[] = [];
  let host: Host = hosts[0];
  for (let from = 0; from < day;) {
    const to = Math.min(day, from + 60 + random() * 4 * 3600);
    lives.push({ host, from, to });
    if (random() < 0.5) host = hosts[Math.floor(random() * hosts.length)] ?? host;
    from = to + (random() < 0.5 ? 0.1 : random() * 400);
  }
  return lives;
}

const exponential = (count: number): Json => ({
  count: String(count),
  scale: 2,
  zeroCount: String(Math.floor(count / 2)),
  positive: { offset: 1, bucketCounts: [String(Math.ceil(count / 2))] },
});

/** Everything that one instance writes in a day. */
function* requestsOf(instance: number, random: () => number): Generator<Arrival> {
  const every = [20, 30, 60][instance % 3] ?? 30;
  let connection = 40_000;
  for (const {
    host: [address, ahead],
    from,
    to,
  } of livesOf(random)) {
    const own = (time: number): string => at(time + ahead);
    let changed = from;
    let sum = 0;
    let total = 0;
    // The last points are written when the process ends.
    for (let time = from + every; ; time += every) {
      const now = Math.min(time, to);
      const change = Math.floor(random() * 20);
      total += change;
      sum += change * random();
      if (random() < 0.02) connection++;
      const times = { startTimeUnixNano: own(from), timeUnixNano: own(now) };
      const sinceChange = { startTimeUnixNano: own(changed), timeUnixNano: own(now) };
      changed = now;
      const cumulative = (dataPoints: Json): Json => ({ aggregationTemporality: 2, dataPoints: [dataPoints] });
      const buckets = { count: String(total), sum, bucketCounts: [String(total), '0'], explicitBounds: [1] };
      const metrics = [
        { name: 'total', sum: { isMonotonic: true, ...cumulative({ ...times, asInt: String(total) }) } },
        { name: 'level', sum: cumulative({ ...times, asInt: String(change - 10) }) },
        { name: 'duration', histogram: cumulative({ ...times, ...buckets }) },
        { name: 'exponential', exponentialHistogram: cumulative({ ...times, ...exponential(total), sum }) },
        {
          name: 'exponential.change',
          exponentialHistogram: {
            aggregationTemporality: 1,
            dataPoints: [{ ...sinceChange, ...exponential(change) }],
          },
        },
        {
          name: 'quantiles',
          summary: {
            dataPoints: [{ ...times, count: String(total), sum, quantileValues: [{ quantile: 0.5, value: random() }] }],
          },
        },
        { name: 'load', gauge: { dataPoints: [{ timeUnixNano: own(now), asDouble: random() }] } },
        {
          name: 'unstarted',
          sum: { isMonotonic: true, ...cumulative({ timeUnixNano: own(now), asInt: String(total) }) },
        },
        {
          name: 'change',
          sum: {
            ...{ isMonotonic: true, aggregationTemporality: 1 },
            dataPoints: [{ ...sinceChange, asInt: String(change) }],
          },
        },
      ];
      const labels = attributes({ 'service.name': 'shop', 'service.instance.id': `${instance}` });
      const resource = { resource: { attributes: labels }, scopeMetrics: [{ metrics }] };
      // Most come at once; some overtake others, and some come late, or twice.
      const delay = random() < 0.9 ? random() * 0.2 : random() * (random() < 0.9 ? 90 : 900);
      const peer = `${address}:${connection}`;
      yield { at: now + delay, peer, resource };
      if (random() < 0.02) yield { at: now + delay + random() * 60, peer, resource };
      if (now >= to) break;
    }
  }
}

test.each([1, 2, 3])(
  '24 hours of restarts, replacements, clocks, late and repeated requests: no report (%i)',
  async (seed) => {
    const random = randomFrom(seed);
    const arrivals = Array.from({ length: 6 }, (_, instance) => [...requestsOf(instance, random)])
      .flat()
      .toSorted((x, y) => x.at - y.at);
    const writing = new Writing();
    const began = writing.seconds;
    let now = 0;
    for (const { at: time, peer, resource } of arrivals) {
      // Requests of one second come at once: moving the clock takes most of the time.
      if (time - now >= 1) {
        await writing.pass(time - now);
        now = time;
      }
      await writing.request({ peer }, resource);
    }
    expect(writing.seconds - began).toBeGreaterThan(day - 3600);
    expect(writing.said()).toEqual([]);
    expect(writing.world.metrics['kanmon_single_writer_violations'] ?? 0).toBe(0);
    expect(writing.world.metrics['kanmon_single_writer_late_datapoints']).toBeGreaterThan(1000);
    expect(writing.world.metrics['kanmon_single_writer_repeated_datapoints']).toBeGreaterThan(1000);
    expect(writing.world.books).toMatchObject({ balance: 0, droppedItems: {} });
  },
);
