import { afterAll, beforeAll, expect } from 'vitest';
import { AgentsDeployment, type Agent } from '../support/agents-deployment.js';
import { momentOf, readProc, seriesOf, type ProcReading } from '../support/proc-figures.js';
import { until } from '../support/program.js';
import { RotatedLog } from '../support/rotated-log.js';
import { testOnHosts } from '../support/simulated-hosts.js';

const test = testOnHosts('nginx', 'prometheus');
/** Much more than all of it takes on a machine that does nothing else. */
const timeout = 300_000;

let all: AgentsDeployment;
let first: Agent;
let second: Agent;
let logs: ReadonlyMap<Agent, readonly RotatedLog[]>;
beforeAll(async () => {
  all = await AgentsDeployment.start();
  [first, second] = all.agents as [Agent, Agent];
  const kinds = ['rename', 'copy'] as const;
  logs = new Map(
    all.agents.map((agent) => [agent, kinds.map((kind) => new RotatedLog(agent.logs, agent.host.name, kind))]),
  );
}, timeout);
afterAll(() => all?.close(), timeout);

const logsOf = (agent: Agent): readonly RotatedLog[] => logs.get(agent) ?? [];
const write = (agent: Agent, lines: number): void => logsOf(agent).forEach((log) => log.write(lines));
const rotate = (agent: Agent): void => logsOf(agent).forEach((log) => log.rotate());

/** Waits until something has arrived of what each file of the agent has got since it had these numbers of lines. */
async function someArrived(agent: Agent, since: readonly number[]): Promise<void> {
  await until(`new lines of ${agent.host.name}`, () => {
    all.arrived.read();
    const times = all.arrived.times();
    return logsOf(agent).every((log, i) => log.lines(since[i]).some((line) => times.has(line)));
  });
}

/** The lines of an agent from these numbers on that have come not at all, and more than once. */
function counted(agent: Agent, since: readonly number[] = [0, 0]): { missing: string[]; repeated: string[] } {
  const times = all.arrived.times();
  const lines = logsOf(agent).flatMap((log, i) => log.lines(since[i]));
  return {
    missing: lines.filter((line) => !times.has(line)),
    repeated: lines.filter((line) => (times.get(line) ?? 0) > 1),
  };
}

/** Waits until all lines that were written have arrived, and nothing is on its way. */
async function allArrived(): Promise<void> {
  await until('all lines', () => {
    all.arrived.read();
    return all.agents.every((agent) => counted(agent).missing.length === 0);
  });
  await all.settle();
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

const writtenBy = (agent: Agent): number[] => logsOf(agent).map(({ written }) => written);

test(
  'all that applications send arrives once, each trace whole, with the name of their host',
  { timeout },
  async () => {
    const count = 100;
    const protocols = ['http/protobuf', 'grpc'];
    const codes = await Promise.all(
      all.agents.map((agent, i) =>
        all.runApplication(agent, {
          COUNT: String(count),
          OTEL_SERVICE_NAME: 'shop',
          OTEL_EXPORTER_OTLP_PROTOCOL: protocols[i] ?? '',
          OTEL_METRICS_EXPORTER: 'otlp',
          OTEL_LOGS_EXPORTER: 'otlp',
          OTEL_NODE_RESOURCE_DETECTORS: 'env',
        }),
      ),
    );
    expect(codes).toEqual([0, 0]);
    await until('all spans and records', () => {
      all.arrived.read();
      return all.arrived.spans.length >= 4 * count && all.arrived.records.length >= 2 * count;
    });
    for (const { host } of all.agents) {
      const isOfHost = ({ resource }: { resource: Readonly<Record<string, string>> }): boolean =>
        resource['service.name'] === 'shop' && resource['host.name'] === host.name;
      const bodies = all.arrived.records.filter(isOfHost).map(({ body }) => body);
      expect(bodies.toSorted()).toEqual(Array.from({ length: count }, (_, i) => `order ${i}`).toSorted());
      const traces = grouped(all.arrived.spans.filter(isOfHost), ({ traceId }) => traceId);
      expect(traces.size).toBe(count);
      for (const spans of traces.values())
        expect([spans.length, new Set(spans.map(({ file }) => file)).size]).toEqual([2, 1]);
      await expect
        .poll(() => all.prometheus.query(`orders_total{host_name="${host.name}"}`))
        .toMatchObject([{ metric: { job: 'shop' }, value: count }]);
    }
    expect(all.arrived.spans).toHaveLength(4 * count);
  },
);

test('through both kinds of rotation each line of a log file arrives exactly once', { timeout }, async () => {
  for (let round = 0; round < 3; round++) {
    const before = new Map(all.agents.map((agent) => [agent, writtenBy(agent)]));
    for (const agent of all.agents) write(agent, 300);
    for (const agent of all.agents) await someArrived(agent, before.get(agent) ?? []);
    // The last of these lines are not read yet.
    for (const agent of all.agents) {
      write(agent, 200);
      rotate(agent);
    }
  }
  for (const agent of all.agents) write(agent, 100);
  const lines = all.agents.flatMap(writtenBy).reduce((sum, written) => sum + written, 0);
  await allArrived();
  for (const agent of all.agents) expect(counted(agent)).toEqual({ missing: [], repeated: [] });
  console.log(`without kills: ${lines} lines, each once`);
});

test('host metrics are what /proc says at the same moment', { timeout }, async () => {
  const readings = new Map<Agent, ProcReading[]>(all.agents.map((agent) => [agent, []]));
  /** The agents by their pages: each page has a part of the series of each agent. */
  const left = new Set<string>();
  const agreed = new Set<string>();
  const compared = new Map<Agent, Set<string>>(all.agents.map((agent) => [agent, new Set()]));
  await until('a scrape of each agent, on each page, between two readings of /proc', async () => {
    for (const [agent, own] of readings) {
      own.push(readProc(agent.host));
      const answers = await all.prometheus.query(`{__name__=~"system_.+",host_name="${agent.host.name}"}`);
      for (const [page, series] of grouped(answers, ({ metric }) => metric['instance'] ?? '')) {
        const key = `${agent.host.name} on ${page}`;
        if (agreed.has(key)) continue;
        left.add(key);
        const shown = new Map(
          series.map(({ metric, value }) => [seriesOf(metric['__name__'] ?? '', metric), value] as const),
        );
        const [from, to] = momentOf(own, shown) ?? [0, Number.POSITIVE_INFINITY];
        // Other readings may lie within the scrape; the more, the busier the machine is.
        if (to - from > 2 + own.length / 20) continue;
        console.log(`${key}: ${shown.size} series, a scrape between readings ${from} and ${to} of ${own.length}`);
        left.delete(key);
        agreed.add(key);
        for (const each of shown.keys()) compared.get(agent)?.add(each);
      }
    }
    return agreed.size === all.agents.length * all.tier2.length && left.size === 0;
  });
  for (const [agent, [reading]] of readings) {
    // Of the first one: a device that is used for the first time later need not be on a page yet.
    const { counters, gauges } = reading!;
    const shown = compared.get(agent) ?? new Set();
    expect([...counters.keys(), ...gauges.keys()].filter((series) => !shown.has(series))).toEqual([]);
    console.log(`${agent.host.name}: ${counters.size + gauges.size} series equal to /proc`);
  }
});

test('an agent that is killed loses no line, and repeats none that was done with before', { timeout }, async () => {
  await all.settle();
  const others = writtenBy(second);
  const moments: readonly ((since: readonly number[]) => Promise<unknown>)[] = [
    () => Promise.resolve(),
    (since) => someArrived(first, since),
    () =>
      until('lines in its queue', async () => {
        // Those before may have left it between two looks.
        write(first, 1);
        return (await all.held([first])) > 0;
      }),
  ];
  for (const moment of moments) {
    const since = writtenBy(first);
    const before = all.arrived.times();
    write(first, 400);
    write(second, 100);
    await moment(since);
    write(first, 100);
    await first.program.stop('SIGKILL');
    for (const agent of all.agents) {
      write(agent, 100);
      rotate(agent);
      write(agent, 100);
    }
    await first.start();
    await allArrived();
    const after = all.arrived.times();
    expect([...before].filter(([line, times]) => after.get(line) !== times)).toEqual([]);
    const { repeated } = counted(first, since);
    const written = writtenBy(first).reduce((sum, lines, i) => sum + lines - (since[i] ?? 0), 0);
    console.log(`killed: ${repeated.length} of ${written} lines came twice`);
  }
  expect(counted(second, others)).toEqual({ missing: [], repeated: [] });
});

test('only lines whose acknowledgement a killed agent did not get come twice', { timeout }, async () => {
  await all.settle();
  const since = writtenBy(first);
  for (const { program } of all.tier2) program.child.kill('SIGSTOP');
  write(first, 500);
  await until('lines in the gateways', async () => (await all.held(all.gateways)) > 0);
  // From now on the agent reads no answer.
  first.program.child.kill('SIGSTOP');
  for (const { program } of all.tier2) program.child.kill('SIGCONT');
  await all.settle([...all.gateways, ...all.tier2]);
  const times = all.arrived.times();
  const lines = logsOf(first).flatMap((log, i) => log.lines(since[i]));
  const notAcknowledged = new Set(lines.filter((line) => times.has(line)));
  expect(notAcknowledged.size).toBeGreaterThan(0);
  await first.program.stop('SIGKILL');
  write(first, 100);
  await first.start();
  await allArrived();
  const { repeated } = counted(first, since);
  expect(repeated.filter((line) => !notAcknowledged.has(line))).toEqual([]);
  console.log(`not acknowledged: ${notAcknowledged.size} lines, of which ${repeated.length} came twice`);
});

test('each resource names its own host, and each metric of a host is on one page and never goes back', async () => {
  const hosts = new Map(all.agents.map(({ host }) => [host.name, host.machineId]));
  const { records, spans } = all.arrived;
  for (const { resource } of [...records, ...spans])
    expect(resource).toMatchObject({ 'host.id': hosts.get(resource['host.name'] ?? ''), 'os.type': 'linux' });
  for (const { body, resource } of records)
    if (resource['service.name'] === undefined) expect(body.split(' ')[0]).toBe(resource['host.name']);
  const pages = new Map<string, Set<string | undefined>>();
  for (const { metric, values } of await all.prometheus.samples('{__name__=~"system_.+"}')) {
    const { instance, ...labels } = metric;
    const series = seriesOf(metric['__name__'] ?? '', metric);
    expect(labels, series).toMatchObject({ host_id: hosts.get(metric['host_name'] ?? ''), os_type: 'linux' });
    const key = JSON.stringify(labels);
    pages.set(key, (pages.get(key) ?? new Set()).add(instance));
    // The kernel puts the time that is idle or waits together anew for each reader.
    if (!series.includes('_total{') || /state=(idle|wait)/.test(series)) continue;
    const falls = values.filter(([, value], i) => Number(value) < Number(values[i - 1]?.[1] ?? 0));
    expect(falls, `${metric['host_name']} ${series}`).toEqual([]);
  }
  expect(pages.size).toBeGreaterThan(0);
  expect([...pages].filter(([, instances]) => instances.size !== 1)).toEqual([]);
});
