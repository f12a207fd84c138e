import { expect, test } from 'vitest';
import { at, attributes, counter, deltaCounter, gauge, type Json } from '../../../test/support/metrics.js';
import { Writing } from '../../../test/support/writing.js';

const a = '10.0.0.1:4000';
const b = '10.0.0.2:4000';

const total = (value: number, start: number, time: number, labels: Readonly<Record<string, string>> = {}): Json => ({
  ...{ asInt: String(value), startTimeUnixNano: at(start), timeUnixNano: at(time), attributes: attributes(labels) },
});
const inScope = (name: string, metric: Json): Json => ({ scope: { name }, metrics: [metric] });

interface Turn {
  readonly peer: string;
  /** Seconds since the beginning. */
  readonly at: number;
  readonly metrics: readonly Json[];
}

/** Sends at the right times, in order. Returns the causes that the log names. */
async function play(
  turns: readonly Turn[],
  { scope = 'lib', labels = { 'service.name': 'shop' } }: { scope?: string; labels?: Record<string, string> } = {},
): Promise<string[]> {
  const writing = new Writing();
  const began = writing.seconds;
  for (const { peer, at: time, metrics } of turns.toSorted((x, y) => x.at - y.at)) {
    if (time > writing.seconds - began) await writing.pass(time - (writing.seconds - began));
    const scopeMetrics = metrics.map((metric) => inScope(scope, metric));
    await writing.request({ peer }, { resource: { attributes: attributes(labels) }, scopeMetrics });
  }
  for (const said of writing.said()) expect(said.writers.length).toBeGreaterThan(0);
  return [...new Set(writing.said().map(({ cause }) => cause))];
}

interface Life {
  readonly from: number;
  readonly to: number;
  readonly every?: number;
  readonly skew?: number;
  readonly rate?: number;
  readonly name?: string;
}

/** A process that writes a counter and a gauge every `every` seconds, from its start on, with a clock that is off. */
function process(peer: string, { from, to, every = 30, skew = 0, rate = 3, name = 'requests' }: Life): Turn[] {
  const turns: Turn[] = [];
  for (let time = from + every; time <= to; time += every) {
    const own = time + skew;
    turns.push({
      ...{ peer, at: time },
      metrics: [
        counter(name, total((time - from) * rate, from + skew, own)),
        gauge(`${name}.active`, { asDouble: rate, timeUnixNano: at(own) }),
      ],
    });
  }
  return turns;
}
const gaugesOf = (turns: readonly Turn[]): Turn[] => turns.map((turn) => ({ ...turn, metrics: turn.metrics.slice(1) }));

test('two gateways with the metrics of one host', async () => {
  const turns = [
    ...process(a, { from: 0, to: 600, name: 'system.cpu.time' }),
    ...process(b, { from: 7, to: 600, name: 'system.cpu.time', rate: 5 }),
  ];
  const scope = 'github.com/open-telemetry/opentelemetry-collector-contrib/receiver/hostmetricsreceiver/internal/cpu';
  expect(await play(turns, { scope })).toEqual(['host_metrics_twice']);
  expect(await play(turns, { labels: { 'host.name': 'node-1' } })).toEqual(['host_metrics_twice']);
  expect(await play(gaugesOf(turns), { scope })).toEqual(['host_metrics_twice']);
});

test('two replicas that scrape one target', async () => {
  const turns = [...process(a, { from: 0, to: 600 }), ...process(b, { from: 11, to: 600 })];
  const scope = 'github.com/open-telemetry/opentelemetry-collector-contrib/receiver/prometheusreceiver';
  expect(await play(turns, { scope })).toEqual(['scraped_twice']);
});

test('two replicas of span metrics behind routing by trace ID: totals, and changes', async () => {
  const totals = [...process(a, { from: 0, to: 600 }), ...process(b, { from: 4, to: 600, rate: 2 })];
  expect(await play(totals, { scope: 'spanmetricsconnector' })).toEqual(['split_aggregation']);
  const changes = [a, b].flatMap((peer, i) =>
    Array.from({ length: 10 }, (_, n) => {
      const from = 15 * n + 4 * i;
      const metrics = [deltaCounter('traces.span.metrics.calls', total(3, from, from + 15))];
      return { peer, at: from + 15, metrics };
    }),
  );
  expect(await play(changes)).toEqual(['split_aggregation']);
});

test('a restarted instance whose old process still wrote', async () => {
  const old = process(a, { from: 0, to: 3600 });
  // On the same host, on another, and with a start between two points of the old one.
  for (const peer of ['10.0.0.1:4001', b])
    for (const [from, every] of [
      [3537, 30],
      [3571, 30],
      [3571, 10],
    ] as const)
      expect(await play([...old, ...process(peer, { from, to: 4500, every })])).toEqual(['restart_overlap']);
});

test('instances without an identity, and with one that they share', async () => {
  const turns = [...process(a, { from: 0, to: 900 }), ...process(b, { from: 3, to: 900 })];
  expect(await play(turns)).toEqual(['no_instance_identity']);
  expect(await play(turns, { labels: { 'service.name': 'shop', 'service.instance.id': '1' } })).toEqual([
    'shared_instance_identity',
  ]);
  // Also when one of them had been there for a long time.
  const late = [...process(a, { from: 0, to: 7200 }), ...process(b, { from: 6007, to: 7200 })];
  expect(await play(late)).toEqual(['no_instance_identity']);
  // Three of them by turns.
  const three = [...process(a, { from: 0, to: 300 }), ...process(b, { from: 3, to: 300 })];
  expect(await play(gaugesOf([...three, ...process('10.0.0.3:1', { from: 6, to: 300 })]))).toEqual([
    'no_instance_identity',
  ]);
});

test('clocks that differ: at a replacement, and while both write', async () => {
  const ahead = process(a, { from: 0, to: 3600, skew: 300 });
  expect(await play([...ahead, ...process(b, { from: 3605, to: 4500 })])).toEqual(['clock_skew']);
  expect(await play(gaugesOf([...ahead, ...process(b, { from: 3605, to: 4500 })]))).toEqual(['clock_skew']);
  const both = [...ahead, ...process(b, { from: 1807, to: 3600 })];
  expect(await play(gaugesOf(both))).toEqual(['clock_skew']);
});

test('one writer alone: attributes that were dropped, and a start time that was kept', async () => {
  const several = [total(5, 0, 60), total(9, 0, 60), total(7, 0, 60)];
  expect(await play([{ peer: a, at: 60, metrics: [counter('requests', ...several)] }])).toEqual(['attributes_dropped']);
  const kept = [300, 330, 4, 10].map((value, i) => ({
    ...{ peer: a, at: 60 * (i + 1), metrics: [counter('requests', total(value, 0, 60 * (i + 1)))] },
  }));
  expect(await play(kept)).toEqual(['start_time_kept']);
});

test('the same points by two ways', async () => {
  const turns = process(a, { from: 0, to: 900 });
  const again = turns.map((turn) => ({ ...turn, peer: b, at: turn.at + 1 }));
  expect(await play([...turns, ...again])).toEqual(['same_points_twice']);
});
