import type { HostMetric, NextConvention } from '../../metrics/host-metric.js';
import type { ProcessReading } from './process-reading.js';

/** The newer name of `state`. */
const cpuMode: NextConvention = { attribute: 'cpu.mode', values: { wait: 'iowait' } };

/** The metrics of the process scraper (docs/spec/agent.md#host-metrics-scrapers). */
export const metricsOfProcesses: readonly HostMetric<ProcessReading>[] = [
  {
    name: 'process.cpu.time',
    unit: 's',
    description: 'Total CPU seconds broken down by different states.',
    kind: 'counter',
    number: 'double',
    attributes: ['state'],
    on: true,
    next: { ...cpuMode, description: 'Total CPU seconds broken down by different CPU modes.' },
    points({ user, system, wait }, to) {
      to.add(user, 'user');
      to.add(system, 'system');
      to.add(wait, 'wait');
    },
  },
  {
    name: 'process.cpu.utilization',
    unit: '1',
    description:
      'Percentage of total CPU time used by the process since last scrape, expressed as a value between 0 and 1. On ' +
      'the first scrape, no data point is emitted for this metric.',
    kind: 'gauge',
    number: 'double',
    attributes: ['state'],
    on: false,
    next: {
      ...cpuMode,
      description:
        'Difference in process.cpu.time since the last measurement, divided by the elapsed time and number of CPUs ' +
        'available to the process. On the first scrape, no data point is emitted for this metric.',
    },
    points({ share }, to) {
      if (!share) return;
      to.add(share.user, 'user');
      to.add(share.system, 'system');
      to.add(share.wait, 'wait');
    },
  },
  {
    name: 'process.memory.usage',
    unit: 'By',
    description: 'The amount of physical memory in use.',
    kind: 'sum',
    number: 'int',
    attributes: [],
    on: true,
    points({ resident }, to) {
      if (resident !== undefined) to.add(resident);
    },
  },
  {
    name: 'process.memory.virtual',
    unit: 'By',
    description: 'The amount of committed virtual memory.',
    kind: 'sum',
    number: 'int',
    attributes: [],
    on: true,
    points({ resident, virtual }, to) {
      if (resident !== undefined) to.add(virtual);
    },
  },
  {
    name: 'process.memory.utilization',
    unit: '1',
    description: 'Percentage of total physical memory that is used by the process.',
    kind: 'gauge',
    number: 'double',
    attributes: [],
    on: false,
    points({ resident, hostMemory }, to) {
      // In percent and single precision, as the Collector has it.
      if (resident !== undefined && hostMemory > 0)
        to.add(Math.fround(Math.fround(100 * Math.fround(resident)) / Math.fround(hostMemory)));
    },
  },
  {
    name: 'process.disk.io',
    unit: 'By',
    description: 'Disk bytes transferred.',
    kind: 'counter',
    number: 'int',
    attributes: ['direction'],
    on: true,
    next: { attribute: 'disk.io.direction' },
    points({ readBytes, writtenBytes }, to) {
      if (readBytes === undefined) return;
      to.add(readBytes, 'read');
      to.add(writtenBytes, 'write');
    },
  },
  {
    name: 'process.disk.operations',
    unit: '{operations}',
    description: 'Number of disk operations performed by the process.',
    kind: 'counter',
    number: 'int',
    attributes: ['direction'],
    on: false,
    points({ readBytes, readCalls, writeCalls }, to) {
      if (readBytes === undefined) return;
      to.add(readCalls, 'read');
      to.add(writeCalls, 'write');
    },
  },
  {
    name: 'process.paging.faults',
    unit: '{faults}',
    description: 'Number of page faults the process has made.',
    kind: 'counter',
    number: 'int',
    attributes: ['type'],
    on: false,
    next: { unit: '{fault}', attribute: 'system.paging.fault.type' },
    points({ majorFaults, minorFaults }, to) {
      to.add(majorFaults, 'major');
      to.add(minorFaults, 'minor');
    },
  },
  {
    name: 'process.signals_pending',
    unit: '{signals}',
    description: 'Number of pending signals for the process.',
    kind: 'sum',
    number: 'int',
    attributes: [],
    on: false,
    points: ({ pendingSignals }, to) => to.add(pendingSignals),
  },
  {
    name: 'process.threads',
    unit: '{threads}',
    description: 'Process threads count.',
    kind: 'sum',
    number: 'int',
    attributes: [],
    on: false,
    next: { name: 'process.thread.count', unit: '{thread}' },
    points: ({ threads }, to) => to.add(threads),
  },
  {
    name: 'process.open_file_descriptors',
    unit: '{count}',
    description: 'Number of file descriptors in use by the process.',
    kind: 'sum',
    number: 'int',
    attributes: [],
    on: false,
    next: {
      name: 'process.unix.file_descriptor.count',
      unit: '{file_descriptor}',
      description: 'Number of unix file descriptors in use by the process.',
    },
    points({ descriptors }, to) {
      if (descriptors !== undefined) to.add(descriptors);
    },
  },
  {
    name: 'process.context_switches',
    unit: '{count}',
    description: 'Number of times the process has been context switched.',
    kind: 'counter',
    number: 'int',
    attributes: ['type'],
    on: false,
    next: { unit: '{context_switch}', attribute: 'process.context_switch.type' },
    points({ voluntarySwitches, involuntarySwitches }, to) {
      if (voluntarySwitches === undefined) return;
      to.add(involuntarySwitches, 'involuntary');
      to.add(voluntarySwitches, 'voluntary');
    },
  },
  {
    name: 'process.uptime',
    unit: 's',
    description: 'The time the process has been running.',
    kind: 'gauge',
    number: 'double',
    attributes: [],
    on: false,
    points: ({ uptime }, to) => to.add(uptime),
  },
  {
    name: 'process.handles',
    unit: '{count}',
    description: 'Number of handles held by the process.',
    kind: 'sum',
    number: 'int',
    attributes: [],
    on: false,
    elsewhere: 'Windows',
    points() {},
  },
];
