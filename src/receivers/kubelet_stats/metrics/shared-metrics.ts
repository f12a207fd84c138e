import type { PointTaker, TableMetric } from '../../../intake/scrape/metric-table.js';
import type { FilesystemStats, InterfaceTraffic, Stat } from '../kubelet/summary.js';
import type { BoundedReading, RunningReading } from './readings.js';

/** A metric with one point at most. */
export function singlePoint<Reading>(
  facts: Omit<TableMetric<Reading>, 'attributes' | 'points'>,
  value: (reading: Reading) => Stat,
): TableMetric<Reading> {
  return {
    ...facts,
    attributes: [],
    points(reading, to) {
      const found = value(reading);
      if (found !== undefined) to(found);
    },
  };
}

/** A gauge of whole numbers that is there unless it is switched off. */
export function usualGauge<Reading>(
  name: string,
  unit: string,
  description: string,
  value: (reading: Reading) => Stat,
): TableMetric<Reading> {
  return singlePoint({ name, unit, description, kind: 'gauge', number: 'int', on: true }, value);
}

/** CPU time and usage; `of`: what spends it, for the metrics of something that is not usual. */
export function cpuMetrics<Reading extends RunningReading>(
  prefix: string,
  of?: string,
): readonly TableMetric<Reading>[] {
  const on = of === undefined;
  return [
    singlePoint(
      {
        name: `${prefix}.cpu.time`,
        unit: 's',
        description:
          'Total cumulative CPU time (sum of all cores) spent by the ' +
          `${of ?? 'container/pod/node'} since its creation`,
        kind: 'counter',
        number: 'double',
        on,
      },
      ({ stats: { cpu } }) => (cpu.usageCoreNanoSeconds === undefined ? undefined : cpu.usageCoreNanoSeconds / 1e9),
    ),
    singlePoint(
      {
        name: `${prefix}.cpu.usage`,
        unit: '{cpu}',
        description:
          'Total CPU usage (sum of all cores per second) averaged over the sample window' +
          (of === undefined ? '' : ` for the ${of}`),
        kind: 'gauge',
        number: 'double',
        on,
      },
      ({ cpuUsage }) => cpuUsage,
    ),
  ];
}

/** All that is known of memory; `title`: the first word of the descriptions. */
export function memoryMetrics<Reading extends RunningReading>(
  prefix: string,
  title: string,
): readonly TableMetric<Reading>[] {
  const gauge = (name: string, unit: string, value: (reading: Reading) => Stat): TableMetric<Reading> =>
    usualGauge(`${prefix}.memory.${name}`, unit, `${title} memory ${name}`, value);
  return [
    gauge('available', 'By', ({ stats }) => stats.memory.available),
    gauge('major_page_faults', '1', ({ stats }) => stats.memory.majorPageFaults),
    gauge('page_faults', '1', ({ stats }) => stats.memory.pageFaults),
    gauge('rss', 'By', ({ stats }) => stats.memory.rss),
    gauge('usage', 'By', ({ stats }) => stats.memory.usage),
    gauge('working_set', 'By', ({ stats }) => stats.memory.workingSet),
  ];
}

export function filesystemMetrics<Reading>(
  prefix: string,
  title: string,
  filesystem: (reading: Reading) => FilesystemStats,
): readonly TableMetric<Reading>[] {
  const gauge = (name: string, value: (stats: FilesystemStats) => Stat): TableMetric<Reading> =>
    usualGauge(`${prefix}.filesystem.${name}`, 'By', `${title} filesystem ${name}`, (reading) =>
      value(filesystem(reading)),
    );
  return [
    gauge('available', ({ available }) => available),
    gauge('capacity', ({ capacity }) => capacity),
    gauge('usage', ({ used }) => used),
  ];
}

interface TrafficReading {
  readonly traffic: readonly InterfaceTraffic[];
}

export function networkMetrics<Reading extends TrafficReading>(
  prefix: string,
  title: string,
): readonly TableMetric<Reading>[] {
  const metric = (
    name: string,
    unit: string,
    description: string,
    values: (traffic: InterfaceTraffic) => readonly [received: Stat, sent: Stat],
  ): TableMetric<Reading> => ({
    name: `${prefix}.network.${name}`,
    unit,
    description: `${title} network ${description}`,
    kind: 'counter',
    number: 'int',
    attributes: ['interface', 'direction'],
    on: true,
    points({ traffic }, to) {
      for (const each of traffic) directions(each.name, values(each), to);
    },
  });
  return [
    metric('errors', '1', 'errors', (each) => [each.receiveErrors, each.sendErrors]),
    metric('io', 'By', 'IO', (each) => [each.received, each.sent]),
  ];
}

function directions(name: string, [received, sent]: readonly [Stat, Stat], to: PointTaker): void {
  if (received !== undefined) to(received, name, 'receive');
  if (sent !== undefined) to(sent, name, 'transmit');
}

export function uptimeMetric<Reading extends RunningReading>(prefix: string, of: string): TableMetric<Reading> {
  return singlePoint(
    {
      name: `${prefix}.uptime`,
      unit: 's',
      description: `The time since the ${of} started`,
      kind: 'counter',
      number: 'int',
      on: false,
    },
    ({ uptime }) => uptime,
  );
}

/** Usage as a part of what was asked for, of what there may be at most, and of what the node has. */
export function utilizationMetrics<Reading extends BoundedReading>(
  prefix: string,
  title: string,
  of: (bound: 'limits' | 'requests') => string,
): readonly TableMetric<Reading>[] {
  const metric = (name: string, whole: string, value: (reading: Reading) => Stat): TableMetric<Reading> =>
    singlePoint(
      {
        name: `${prefix}.${name}`,
        unit: '1',
        description: `${title} ${name.slice(0, name.search(/[._]/))} utilization as a ratio of ${whole}`,
        kind: 'gauge',
        number: 'double',
        on: false,
      },
      value,
    );
  const ofNode = "the node's capacity";
  return [
    metric('cpu.node.utilization', ofNode, ({ cpuUsage, capacity }) => ratio(cpuUsage, capacity.cpu)),
    metric('cpu_limit_utilization', of('limits'), ({ cpuUsage, bounds }) => ratio(cpuUsage, bounds.cpuLimit)),
    metric('cpu_request_utilization', of('requests'), ({ cpuUsage, bounds }) => ratio(cpuUsage, bounds.cpuRequest)),
    metric('memory.node.utilization', ofNode, ({ stats, capacity }) => ratio(stats.memory.usage, capacity.memory)),
    metric('memory_limit_utilization', of('limits'), ({ stats, bounds }) =>
      ratio(stats.memory.usage, bounds.memoryLimit),
    ),
    metric('memory_request_utilization', of('requests'), ({ stats, bounds }) =>
      ratio(stats.memory.usage, bounds.memoryRequest),
    ),
  ];
}

function ratio(part: Stat, whole: Stat): Stat {
  return part === undefined || whole === undefined || whole <= 0 ? undefined : part / whole;
}
