import type { TableMetric, TableMetricFacts } from '../../../intake/scrape/metric-table.js';
import type { Stat } from '../kubelet/summary.js';
import type { ContainerReading, NodeReading, PodReading, RunningReading, VolumeReading } from './readings.js';
import {
  cpuMetrics,
  filesystemMetrics,
  memoryMetrics,
  networkMetrics,
  singlePoint,
  uptimeMetric,
  usualGauge,
  utilizationMetrics,
} from './shared-metrics.js';

/** A sum of whole numbers that is there when it is asked for. */
function sumOnRequest<Reading>(
  name: string,
  unit: string,
  description: string,
  value: (reading: Reading) => Stat,
): TableMetric<Reading> {
  return singlePoint({ name, unit, description, kind: 'sum', number: 'int', on: false }, value);
}

export const containerTable: readonly TableMetric<ContainerReading>[] = [
  ...cpuMetrics<ContainerReading>('container'),
  ...filesystemMetrics<ContainerReading>('container', 'Container', ({ stats }) => stats.root),
  ...memoryMetrics<ContainerReading>('container', 'Container'),
  uptimeMetric<ContainerReading>('container', 'container'),
  ...utilizationMetrics<ContainerReading>('k8s.container', 'Container', (bound) => `the container's ${bound}`),
  {
    name: 'k8s.container.ephemeral_storage.usage',
    unit: 'By',
    description: 'Ephemeral storage used by the container.',
    kind: 'sum',
    number: 'int',
    attributes: ['fs.type'],
    on: false,
    points({ stats: { root, logs } }, to) {
      if (root.used !== undefined) to(root.used, 'rootfs');
      if (logs.used !== undefined) to(logs.used, 'logs');
    },
  },
];

export const podTable: readonly TableMetric<PodReading>[] = [
  ...cpuMetrics<PodReading>('k8s.pod'),
  ...filesystemMetrics<PodReading>('k8s.pod', 'Pod', ({ stats }) => stats.storage),
  ...memoryMetrics<PodReading>('k8s.pod', 'Pod'),
  ...networkMetrics<PodReading>('k8s.pod', 'Pod'),
  uptimeMetric<PodReading>('k8s.pod', 'pod'),
  ...utilizationMetrics<PodReading>(
    'k8s.pod',
    'Pod',
    (bound) =>
      `the pod's total container ${bound}. If any container is missing a ${bound.slice(0, -1)} the metric is not ` +
      'emitted.',
  ),
];

export const nodeTable: readonly TableMetric<NodeReading>[] = [
  ...cpuMetrics<NodeReading>('k8s.node'),
  ...filesystemMetrics<NodeReading>('k8s.node', 'Node', ({ stats }) => stats.filesystem),
  sumOnRequest(
    'k8s.node.filesystem.inode.count',
    '{inode}',
    "Total number of inodes in the node's root filesystem.",
    ({ stats }) => stats.filesystem.inodes,
  ),
  sumOnRequest(
    'k8s.node.filesystem.inode.free',
    '{inode}',
    "Number of free inodes in the node's root filesystem.",
    ({ stats }) => stats.filesystem.inodesFree,
  ),
  ...memoryMetrics<NodeReading>('k8s.node', 'Node'),
  ...networkMetrics<NodeReading>('k8s.node', 'Node'),
  sumOnRequest(
    'k8s.node.pid.limit',
    '{thread}',
    'Processes and threads that the operating system of the node allows: the lower of kernel.pid_max and ' +
      'kernel.threads-max.',
    ({ stats }) => stats.mostThreads,
  ),
  sumOnRequest(
    'k8s.node.pid.usage',
    '{thread}',
    'Processes and threads of the node, in whatever state, as /proc/loadavg counts them.',
    ({ stats }) => stats.threads,
  ),
  uptimeMetric<NodeReading>('k8s.node', 'node'),
];

export const systemContainerTable: readonly TableMetric<RunningReading>[] = [
  ...cpuMetrics<RunningReading>('k8s.node.system_container', 'system container'),
  ...(['usage', 'working_set'] as const).map((name) =>
    singlePoint<RunningReading>(
      {
        name: `k8s.node.system_container.memory.${name}`,
        unit: 'By',
        description: `System container memory ${name}`,
        kind: 'gauge',
        number: 'int',
        on: false,
      },
      ({ stats: { memory } }) => (name === 'usage' ? memory.usage : memory.workingSet),
    ),
  ),
];

export const volumeTable: readonly TableMetric<VolumeReading>[] = [
  sumOnRequest(
    'k8s.pod.volume.usage',
    'By',
    'The number of used bytes in the pod volume.',
    ({ filesystem }) => filesystem.used,
  ),
  usualGauge(
    'k8s.volume.available',
    'By',
    'The number of available bytes in the volume.',
    ({ filesystem }) => filesystem.available,
  ),
  usualGauge(
    'k8s.volume.capacity',
    'By',
    'The total capacity in bytes of the volume.',
    ({ filesystem }) => filesystem.capacity,
  ),
  usualGauge('k8s.volume.inodes', '1', 'The total inodes in the filesystem.', ({ filesystem }) => filesystem.inodes),
  usualGauge(
    'k8s.volume.inodes.free',
    '1',
    'The free inodes in the filesystem.',
    ({ filesystem }) => filesystem.inodesFree,
  ),
  usualGauge(
    'k8s.volume.inodes.used',
    '1',
    'The inodes used by the filesystem. This may not equal inodes - free because filesystem may share inodes with ' +
      'other filesystems.',
    ({ filesystem }) => filesystem.inodesUsed,
  ),
];

/** The groups of `metric_groups` with their tables; system containers belong to the node. */
export const metricTables: Readonly<Record<string, readonly TableMetricFacts[]>> = {
  container: containerTable,
  pod: podTable,
  node: [...nodeTable, ...systemContainerTable],
  volume: volumeTable,
};
