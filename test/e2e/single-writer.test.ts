import fs from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect } from 'vitest';
import { httpSender, nanos, type MetricSender } from '../support/metric-sender.js';
import { testWith } from '../support/peers.js';
import { freePorts, startProgram, until, type Program } from '../support/program.js';
import { Prometheus, type RawSample } from '../support/prometheus.js';
import { RedTraffic } from '../support/red-traffic.js';

const test = testWith('prometheus');
const example = (name: string): string =>
  fs.readFileSync(path.resolve(import.meta.dirname, '../../examples/single-writer', name), 'utf8');

/** The hosts of two writers: every address that begins with 127 is one of this machine. */
const writers = ['127.0.0.2', '127.0.0.3'] as const;

interface GatewayOptions {
  /** Of `single_writer`; '' for a gateway without it. */
  readonly action: string;
  readonly identifyBy?: string;
  readonly silence?: string;
}

/**
 * A gateway that waits for Prometheus before it answers: each sample is there before the next one is sent. The tests
 * have intervals of half a second and less, so that the tolerance is a small one.
 */
const gateway = (
  port: number,
  prometheus: Prometheus,
  { action, identifyBy = 'peer', silence = '5m' }: GatewayOptions,
): string => `
receivers:
  otlp: {protocols: {http: {endpoint: 127.0.0.1:${port}}, grpc: {endpoint: 127.0.0.1:${port + 1}}}}
processors:
  single_writer/mine:
    action: ${action === '' ? 'report' : action}
    identify_by: [${identifyBy}]
    tolerance: 20ms
    silence: ${silence}
exporters:
  prometheus_remote_write:
    endpoint: ${prometheus.writeUrl}
    remote_write_queue: {enabled: false}
    retry_on_failure: {enabled: false}
service:
  telemetry: {metrics: {level: none}}
  pipelines:
    metrics:
      receivers: [otlp]
      processors: [${action === '' ? '' : 'single_writer/mine'}]
      exporters: [prometheus_remote_write]
`;

const falls = (values: readonly RawSample[]): number =>
  values.filter(([, value], i) => i > 0 && Number(value) < Number(values[i - 1]?.[1])).length;

/** Runs `check` with two writers of M1 and Prometheus. `action`: '' without the processor. */
async function withM1(
  action: string,
  check: (world: { prometheus: Prometheus; log: string }) => Promise<void>,
  args: readonly string[] = [],
): Promise<void> {
  const prometheus = await Prometheus.start();
  const [port] = await consecutive();
  const program = await startProgram(gateway(port, prometheus, { action }), { args });
  const [a, b] = writers.map((host) => httpSender(port, host)) as [MetricSender, MetricSender];
  try {
    // The times of the specification, 13:56:04 and 13:56:24, a minute ago.
    const now = Date.now();
    const began = now - 60_000;
    const point = (value: number, second: number): object => ({
      name: 'M1',
      gauge: { dataPoints: [{ asDouble: value, timeUnixNano: nanos(began + second * 1000) }] },
    });
    await a.send(point(100, 4));
    await a.send(point(120, 24));
    await b.send(point(110, 4));
    await a.send(point(120, 24));
    await b.send(point(110, 4));
    // And what follows from two writers of a counter, which have counted 1000 and 10.
    const counter = (value: number, start: number, second: number): object => ({
      name: 'M2',
      sum: {
        ...{ isMonotonic: true, aggregationTemporality: 2 },
        dataPoints: [
          {
            ...{ asInt: String(value), startTimeUnixNano: nanos(began + start * 1000) },
            timeUnixNano: nanos(began + second * 1000),
          },
        ],
      },
    });
    for (let second = 25; second < 45; second += 2) {
      await a.send(counter(1000 + second, -900, second));
      await b.send(counter(10 + second, -20, second + 1));
    }
    await until('M2', async () => (await prometheus.samples('M2_total')).length > 0);
    await check({ prometheus, log: program.output() });
  } finally {
    a.close();
    b.close();
    await program.stop();
    await prometheus.stop();
  }
}

describe('two writers of a stream, and a real Prometheus', () => {
  test('without single_writer Prometheus refuses samples, and a counter goes up and down', async () => {
    await withM1('', async ({ prometheus }) => {
      await until('a refusal', () => prometheus.refusedSamples.length > 0);
      expect(falls((await prometheus.samples('M2_total'))[0]?.values ?? [])).toBeGreaterThan(5);
    });
  });

  test('`report` names both writers, the likely cause and the remedy', async () => {
    await withM1('report', async ({ prometheus, log }) => {
      await until('a refusal', () => prometheus.refusedSamples.length > 0);
      const lines = log.split('\n').filter((line) => line.includes('Several writers of one metric stream'));
      const line = lines.find((each) => each.includes('"M1"')) ?? '';
      for (const text of [...writers, 'conflicting_value', 'no_instance_identity', 'service.instance.id'])
        expect(line).toContain(text);
      expect(lines.some((each) => each.includes('overlapping_start'))).toBe(true);
    });
  });

  test.each([
    ['first', []],
    ['reject', []],
    ['first', ['--workers', '2']],
  ])('`%s` %j: Prometheus refuses nothing, and no value jumps', async (action, args) => {
    const check = async ({ prometheus, log }: { prometheus: Prometheus; log: string }): Promise<void> => {
      expect(log).toContain('Several writers of one metric stream');
      const [m1, ...others] = await prometheus.samples('M1');
      expect(m1?.values.map(([, value]) => value)).toEqual(['100', '120']);
      expect(others).toEqual([]);
      const counters = await prometheus.samples('M2_total');
      expect(counters.map(({ values }) => values.map(([, value]) => Number(value)))).toEqual([
        Array.from({ length: 10 }, (_, i) => 1025 + 2 * i),
      ]);
      expect(prometheus.refusedSamples).toEqual([]);
    };
    await withM1(action, check, args);
  });

  test('`tag`: Prometheus refuses nothing, and each writer has a series without a jump', async () => {
    await withM1('tag', async ({ prometheus }) => {
      const m1 = await prometheus.samples('M1');
      expect(
        Object.fromEntries(m1.map(({ metric, values }) => [metric['writer'] ?? '', values.map(([, v]) => v)])),
      ).toEqual({ '': ['100', '120'], '127.0.0.3': ['110'] });
      const counters = await prometheus.samples('M2_total');
      expect(counters.map(({ metric }) => metric['writer'] ?? '').toSorted()).toEqual(['', '127.0.0.3']);
      for (const { values } of counters) {
        expect(values).toHaveLength(10);
        expect(falls(values)).toBe(0);
      }
      expect(prometheus.refusedSamples).toEqual([]);
    });
  });
});

/** The causes that a log names, each once. */
const causesOf = (log: string): string[] => [
  ...new Set([...log.matchAll(/Several writers of one metric stream.*?"cause": "(\w+)"/g)].map(([, cause]) => cause!)),
];

/** A process that writes a metric every now and then, by a clock that may be behind. */
class Writer {
  readonly #sender: MetricSender;
  readonly #metric: string;
  readonly #began: number;
  readonly #behind: number;
  #value: number;
  #last: number;

  /** @param age - of the process, milliseconds; its first point is of a minute ago, or of its start */
  constructor(
    sender: MetricSender,
    { metric, age, value, behind = 0 }: { metric: string; age: number; value: number; behind?: number },
  ) {
    this.#sender = sender;
    this.#metric = metric;
    this.#behind = behind;
    this.#value = value;
    const now = Date.now();
    this.#began = now - age;
    this.#last = now - Math.min(age, 60_000);
  }

  /** When its last point was, by the right clock. */
  get last(): number {
    return this.#last;
  }

  async write(points: number): Promise<void> {
    for (let i = 0; i < points; i++) {
      const timeUnixNano = nanos(this.#last - this.#behind);
      const point = { asInt: String(++this.#value), timeUnixNano };
      const total = { ...point, startTimeUnixNano: nanos(this.#began - this.#behind) };
      const of =
        this.#metric === 'load'
          ? { gauge: { dataPoints: [point] } }
          : { sum: { isMonotonic: true, aggregationTemporality: 2, dataPoints: [total] } };
      await this.#sender.send({ name: this.#metric, ...of });
      this.#last = Math.max(this.#last + 1, Date.now());
    }
  }
}

interface Story {
  readonly name: string;
  readonly cause: string;
  /** Its name in Prometheus. */
  readonly series: string;
  /** Hosts of the two writers. */
  readonly from: readonly [string, string];
  play(one: MetricSender, two: MetricSender): Promise<void>;
  /** Points of the first writer. */
  readonly kept: number;
  /** The damage in Prometheus when all points pass. */
  isHarmed(prometheus: Prometheus): Promise<boolean>;
}

const hour = 3_600_000;
const behind = 30_000;
const refuses = (prometheus: Prometheus): Promise<boolean> => Promise.resolve(prometheus.refusedSamples.length > 0);

const stories: readonly Story[] = [
  {
    name: 'an instance that is restarted while its old process still writes',
    ...{ cause: 'restart_overlap', series: 'requests_total', from: [writers[0], writers[0]], kept: 13 },
    async play(one, two) {
      const old = new Writer(one, { metric: 'requests', age: hour, value: 1000 });
      await old.write(10);
      // It begins before the last points of the old one, however long those take.
      const young = new Writer(two, { metric: 'requests', age: 5000, value: 0 });
      for (let turn = 0; turn < 3; turn++) {
        await young.write(1);
        await old.write(1);
      }
      await young.write(8);
    },
    // A restart is one fall.
    isHarmed: async (prometheus) => falls((await prometheus.samples('requests_total'))[0]?.values ?? []) > 1,
  },
  {
    name: 'two writers of a gauge with clocks that differ',
    ...{ cause: 'clock_skew', series: 'load', from: writers, kept: 12 },
    async play(one, two) {
      const right = new Writer(one, { metric: 'load', age: hour, value: 0 });
      const late = new Writer(two, { metric: 'load', age: 0, value: 100, behind });
      for (let turn = 0; turn < 12; turn++) {
        await right.write(1);
        await late.write(1);
      }
    },
    isHarmed: refuses,
  },
  {
    name: 'a replacement by a process whose clock is behind',
    ...{ cause: 'clock_skew', series: 'requests_total', from: writers, kept: 10 },
    async play(one, two) {
      const old = new Writer(one, { metric: 'requests', age: hour, value: 1000 });
      await old.write(10);
      // real time: the clock that is behind is known by how long points take, to the millisecond.
      await until('the old process to be gone for a while', () => Date.now() > old.last + 100);
      await new Writer(two, { metric: 'requests', age: 0, value: 0, behind }).write(8);
    },
    isHarmed: refuses,
  },
];

describe.each(stories.map((story) => [story.name, story] as const))(
  '%s, and a real Prometheus',
  (_name, { cause, series, from, play, isHarmed, kept }) => {
    const withStory = async (
      action: string,
      check: (prometheus: Prometheus, log: string) => Promise<void>,
    ): Promise<void> => {
      const prometheus = await Prometheus.start();
      const [port] = await consecutive();
      const program = await startProgram(gateway(port, prometheus, { action }));
      const [one, two] = from.map((host) => httpSender(port, host)) as [MetricSender, MetricSender];
      try {
        await play(one, two);
        await until(series, async () => (await prometheus.samples(series)).length > 0);
        await check(prometheus, program.output());
      } finally {
        one.close();
        two.close();
        await program.stop();
        await prometheus.stop();
      }
    };

    test('without single_writer the series is wrong', async () => {
      await withStory('', async (prometheus, log) => {
        await until('the harm', () => isHarmed(prometheus));
        expect(causesOf(log)).toEqual([]);
      });
    });

    test('`report` names the cause, and all points pass', async () => {
      await withStory('report', async (prometheus, log) => {
        expect(causesOf(log)).toEqual([cause]);
        await until('the harm', () => isHarmed(prometheus));
      });
    });

    test('`tag`: each writer has a series without a jump, and Prometheus refuses nothing', async () => {
      await withStory('tag', async (prometheus, log) => {
        expect(causesOf(log)).toEqual([cause]);
        const found = await prometheus.samples(series);
        expect(
          found.map(({ metric }) => metric['writer'] !== undefined).toSorted((a, b) => Number(a) - Number(b)),
        ).toEqual([false, true]);
        for (const { values } of found) expect(falls(values)).toBe(0);
        expect(prometheus.refusedSamples).toEqual([]);
      });
    });

    test('`first`: the points of one writer are there without a jump, and Prometheus refuses nothing', async () => {
      await withStory('first', async (prometheus, log) => {
        expect(causesOf(log)).toEqual([cause]);
        const found = await prometheus.samples(series);
        expect(found.map(({ values }) => values.length)).toEqual([kept]);
        for (const { values } of found) expect(falls(values)).toBe(0);
        expect(prometheus.refusedSamples).toEqual([]);
      });
    });
  },
);

test('`first`: a successor counts from 0 once the process before is silent', async () => {
  const prometheus = await Prometheus.start();
  const [port] = await consecutive();
  const program = await startProgram(gateway(port, prometheus, { action: 'first', silence: '5s' }));
  const senders = writers.map((host) => httpSender(port, host));
  try {
    const [old, young] = senders.map(
      (sender, i) => new Writer(sender, { metric: 'requests', age: i === 0 ? hour : 500, value: i === 0 ? 1000 : 0 }),
    );
    await old?.write(10);
    const samples = async (): Promise<number[]> =>
      (await prometheus.samples('requests_total')).flatMap(({ values }) => values.map(([, value]) => Number(value)));
    await until('the successor', async () => {
      await young?.write(1);
      return (await samples()).length >= 15;
    });
    const values = await samples();
    expect(values.slice(0, 12)).toEqual([...Array.from({ length: 10 }, (_, i) => 1001 + i), 0, 1]);
    expect(values.slice(11)).toEqual(values.slice(11).map((_, i) => i + 1));
    expect(causesOf(program.output())).toEqual(['restart_overlap']);
    expect(prometheus.refusedSamples).toEqual([]);
  } finally {
    for (const sender of senders) sender.close();
    await program.stop();
    await prometheus.stop();
  }
});

test('two gateways with the metrics of one host: found, and `first` keeps one of them', async () => {
  const prometheus = await Prometheus.start();
  const [port, grpc] = await consecutive();
  // Both read the same counters of one kernel, from one address.
  const programs = [await startProgram(gateway(port, prometheus, { action: 'first', identifyBy: 'connection' }))];
  for (let i = 0; i < 2; i++)
    programs.push(
      await startProgram(`
receivers: {host_metrics: {collection_interval: 300ms, initial_delay: 1ms, scrapers: {memory: {}, cpu: {}}}}
exporters: {otlp_grpc: {endpoint: "127.0.0.1:${grpc}", tls: {insecure: true}, sending_queue: {num_consumers: 1}}}
service:
  telemetry: {metrics: {level: none}}
  pipelines: {metrics: {receivers: [host_metrics], exporters: [otlp_grpc]}}
`),
    );
  try {
    const log = (): string => programs[0]?.output() ?? '';
    await until('the report', () => log().includes('Several writers of one metric stream'));
    expect(log()).toContain('host_metrics_twice');
    expect(log()).toMatch(/"writers": \["127\.0\.0\.1:\d+", ?"127\.0\.0\.1:\d+"\]/);
    // The kernel lets the time of some other states fall now and then.
    const user = 'system_cpu_time_seconds_total{state="user"}';
    await until('the time of the CPU', async () => (await prometheus.samples(user)).length > 0);
    const series = await prometheus.samples(user);
    for (const { values } of series) expect(falls(values)).toBe(0);
    expect(prometheus.refusedSamples).toEqual([]);
  } finally {
    // The senders first: they hand on what they hold.
    for (const program of programs.toReversed()) await program.stop();
    await prometheus.stop();
  }
});

test('the example shows on a page of zpages which writers a stream has', async () => {
  const prometheus = await Prometheus.start();
  const [port = 0, grpc = 0, metrics = 0, zpages = 0] = await freePorts(4);
  const program = await startProgram(
    example('gateway.yaml').replace('localhost:${env:HTTP_PORT', '127.0.0.1:${env:HTTP_PORT'),
    {
      env: {
        ...{ HTTP_PORT: `${port}`, GRPC_PORT: `${grpc}`, METRICS_PORT: `${metrics}`, ZPAGES_PORT: `${zpages}` },
        PROMETHEUS: `http://127.0.0.1:${prometheus.port}`,
      },
    },
  );
  const senders = writers.map((host) => httpSender(port, host));
  try {
    const timeUnixNano = nanos(Date.now());
    for (const [i, sender] of senders.entries())
      expect(await sender.send({ name: 'M1', gauge: { dataPoints: [{ asDouble: 100 + i, timeUnixNano }] } })).toEqual({
        ...{ status: 200, rejected: 0, message: '' },
      });
    const page = `http://localhost:${zpages}/debug/processor/single_writer/metrics/writers`;
    expect(await (await fetch(`${page}?format=json`)).json()).toMatchObject({
      action: 'report',
      findings: [{ metric: 'M1', violation: 'conflicting_value', cause: 'no_instance_identity' }],
    });
    const html = await (await fetch(page)).text();
    for (const text of ['M1', ...writers, 'service.name=shop']) expect(html).toContain(text);
    expect(await (await fetch(`http://localhost:${zpages}/debug/servicez`)).text()).toContain('metrics/writers');
  } finally {
    for (const sender of senders) sender.close();
    await program.stop();
    await prometheus.stop();
  }
});

/** Two replicas that count the spans of traces which are routed by trace ID, and a gateway that both send to. */
test(
  'two replicas of span metrics behind routing by trace ID: found, and mended by `tag`',
  { timeout: 240_000 },
  async () => {
    const prometheus = await Prometheus.start();
    const [port, grpc] = await consecutive();
    const [front = 0, ...replicas] = await freePorts(3);
    // Replicas of one host that begin a series in the same millisecond differ in their connection alone.
    const programs: Program[] = [
      await startProgram(gateway(port, prometheus, { action: 'tag', identifyBy: 'connection' })),
    ];
    expect(grpc).toBe(port + 1);
    for (const replica of replicas)
      programs.push(
        await startProgram(`
receivers: {otlp: {protocols: {grpc: {endpoint: 127.0.0.1:${replica}}}}}
connectors:
  span_metrics: {metrics_flush_interval: 500ms, exclude_dimensions: [collector.instance.id]}
exporters: {otlp_grpc: {endpoint: "127.0.0.1:${grpc}", tls: {insecure: true}, sending_queue: {num_consumers: 1}}}
service:
  telemetry: {metrics: {level: none}}
  pipelines:
    traces: {receivers: [otlp], exporters: [span_metrics]}
    metrics: {receivers: [span_metrics], exporters: [otlp_grpc]}
`),
      );
    programs.push(
      await startProgram(`
receivers: {otlp: {protocols: {http: {endpoint: 127.0.0.1:${front}}}}}
exporters:
  load_balancing:
    routing_key: traceID
    protocol: {otlp: {tls: {insecure: true}}}
    resolver: {static: {hostnames: ${JSON.stringify(replicas.map((replica) => `127.0.0.1:${replica}`))}}}
service:
  telemetry: {metrics: {level: none}}
  pipelines: {traces: {receivers: [otlp], exporters: [load_balancing]}}
`),
    );
    try {
      const traffic = new RedTraffic(front, 2);
      const sent = (): number => [...traffic.counted.values()].reduce((sum, { calls }) => sum + calls, 0);
      for (let round = 0; round < 4; round++) {
        await traffic.send(50);
        await until('the sum of both writers', async () => {
          const [sum] = await prometheus.query('sum(traces_span_metrics_calls_total)');
          return sum?.value === sent();
        });
      }
      const log = programs[0]?.output() ?? '';
      expect(log).toContain('split_aggregation');
      expect(log).toContain('load_balancing with routing_key service');
      // A series that begins at one replica between two points of the other looks like a restart, once.
      for (const { values } of await prometheus.samples('traces_span_metrics_calls_total'))
        expect(falls(values)).toBeLessThanOrEqual(1);
      expect(prometheus.refusedSamples).toEqual([]);
    } finally {
      // The senders first: they hand on what they hold.
      for (const program of programs.toReversed()) await program.stop();
      await prometheus.stop();
    }
  },
);

/** Two free ports that follow each other. */
async function consecutive(): Promise<[number, number]> {
  for (;;) {
    const [first = 0, second = 0] = await freePorts(2);
    if (second === first + 1) return [first, second];
  }
}

/** The totals of the series that have the same `key`, over their restarts. */
async function counted(
  prometheus: Prometheus,
  name: string,
  key: (labels: Readonly<Record<string, string>>) => string,
): Promise<Record<string, number>> {
  const totals: Record<string, number> = {};
  for (const { metric, values } of await prometheus.samples(name)) {
    let total = 0;
    values.forEach(([, value], i) => {
      const next = values[i + 1]?.[1];
      if (next === undefined || Number(next) < Number(value)) total += Number(value);
    });
    totals[key(metric)] = (totals[key(metric)] ?? 0) + total;
  }
  return totals;
}

interface Counting {
  /** The configuration of the first tier. */
  readonly file: string;
  /** Metrics that count the spans, each by the same keys. */
  readonly metrics: readonly string[];
  /** The key of a series of these, and that of what was sent. */
  ofLabels(labels: Readonly<Record<string, string>>): string;
  ofSent(series: string): string;
}

const withoutPrefix = (text = ''): string => text.replace(/^(SPAN_KIND|STATUS_CODE)_/, '');
/** SINGLE_WRITER_SCALE=2 changes the ring with two workers as well, which takes twice as long. */
const scale = Number(process.env['SINGLE_WRITER_SCALE'] ?? 1);
const spanMetrics: Counting = {
  file: 'tier-1.yaml',
  metrics: ['traces_span_metrics_calls_total', 'traces_span_metrics_duration_milliseconds_count'],
  ofLabels: ({ job, span_name: name, span_kind: kind, status_code: status }) =>
    [job, name, withoutPrefix(kind), withoutPrefix(status)].join('/'),
  ofSent: (series) => series,
};
const count: Counting = {
  file: 'counts.yaml',
  metrics: ['service_spans_total'],
  ofLabels: ({ job = '' }) => job,
  ofSent: (series) => series.split('/')[0] ?? '',
};

test.each([
  ['span_metrics', [], spanMetrics],
  ['span_metrics', ['--workers', '2'], spanMetrics],
  ['count', ['--workers', '2'], count],
] as const)(
  'changes of %s to one owner, %j: each total is exact while instances of both tiers come and go',
  { timeout: 240_000 },
  async (_name, args, { file, metrics, ofLabels, ofSent }) => {
    const prometheus = await Prometheus.start();
    const [httpA = 0, grpcA = 0, httpB = 0, grpcB = 0, a = 0, b = 0, c = 0, ...own] = await freePorts(12);
    const started = new Set<Program>();
    const start = async (yaml: string, env: Record<string, string>): Promise<Program> => {
      const program = await startProgram(example(yaml), { env, args });
      started.add(program);
      return program;
    };
    const stop = async (program: Program): Promise<void> => {
      await program.stop();
      started.delete(program);
    };
    const tier1 = (instance: string, ports: readonly number[], owners: readonly number[]): Promise<Program> =>
      start(file, {
        ...{ HTTP_PORT: `${ports[0]}`, GRPC_PORT: `${ports[1]}`, METRICS_PORT: `${ports[2]}` },
        ...{ INSTANCE: instance, FLUSH_INTERVAL: '300ms', RETRY_INTERVAL: '100ms' },
        ...{ TIER_2_A: `localhost:${owners[0]}`, TIER_2_B: `localhost:${owners[1]}` },
      });
    const tier2 = (instance: string, port: number, ownMetrics: number): Promise<Program> =>
      start('tier-2.yaml', {
        ...{ GRPC_PORT: `${port}`, METRICS_PORT: `${ownMetrics}`, INSTANCE: instance },
        PROMETHEUS: `http://127.0.0.1:${prometheus.port}`,
      });
    try {
      let [ownerB, first, second] = await Promise.all([
        tier2('owner-b', b, own[1] ?? 0),
        tier1('gateway-0', [httpA, grpcA, own[2] ?? 0], [a, b]),
        tier1('gateway-1', [httpB, grpcB, own[3] ?? 0], [a, b]),
        tier2('owner-a', a, own[0] ?? 0),
      ]);
      // Each gateway gets a part of the spans of every service, as behind any load balancer.
      const traffic = [httpA, httpB].map((port) => new RedTraffic(port, 6, 'localhost'));
      const sent = (): Record<string, number> => {
        const totals: Record<string, number> = {};
        for (const one of traffic)
          for (const [series, { calls }] of one.counted) {
            const key = ofSent(series);
            totals[key] = (totals[key] ?? 0) + calls;
          }
        return totals;
      };
      const exact = async (): Promise<void> => {
        for (const metric of metrics) {
          const found = (): Promise<Record<string, number>> => counted(prometheus, metric, ofLabels);
          const isExact = async (): Promise<boolean> => isDeepStrictEqual(await found(), sent());
          await until('all totals', isExact).catch(() => {});
          expect(await found()).toEqual(sent());
        }
      };
      const round = async (): Promise<void> => {
        for (const one of traffic) await one.send(60);
        await exact();
      };
      await round();
      await round();
      // A gateway of the first tier is restarted; it comes back under its name.
      await stop(first);
      await exact();
      first = await tier1('gateway-0', [httpA, grpcA, own[2] ?? 0], [a, b]);
      await round();
      // An owner is restarted, while changes come: they wait.
      await stop(ownerB);
      for (const one of traffic) await one.send(20);
      ownerB = await tier2('owner-b', b, own[1] ?? 0);
      await exact();
      await round();
      // Another owner takes the place of one, and the streams go back later: the ring is another one each time.
      const rings =
        args.length === 0 || scale > 1
          ? [
              [a, c],
              [a, b],
            ]
          : [];
      if (rings.length > 0) await tier2('owner-c', c, own[4] ?? 0);
      for (const ring of rings) {
        await Promise.all([stop(first), stop(second)]);
        await exact();
        [first, second] = await Promise.all([
          tier1('gateway-0', [httpA, grpcA, own[2] ?? 0], ring),
          tier1('gateway-1', [httpB, grpcB, own[3] ?? 0], ring),
        ]);
        await round();
      }
      const owners = new Set((await prometheus.samples(metrics[0] ?? '')).map(({ metric }) => metric['owner']));
      expect(owners).toEqual(new Set(['owner-a', 'owner-b', ...(rings.length > 0 ? ['owner-c'] : [])]));
      for (const program of started) expect(program.output()).not.toContain('Several writers');
      expect(prometheus.refusedSamples).toEqual([]);
    } finally {
      await Promise.all([...started].map((program) => program.stop()));
      await prometheus.stop();
    }
  },
);
