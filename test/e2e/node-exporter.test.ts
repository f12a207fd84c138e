import { expect } from 'vitest';
import { HostScrapes } from '../support/host-tree.js';
import { NodeExporter } from '../support/node-exporter.js';
import { testWith } from '../support/peers.js';

const test = testWith('prometheus-node-exporter');

type Series = ReadonlyMap<string, number>;
/** A series of Kanmon, and the same figure from the page of node_exporter; undefined where that has no such series. */
type Pair = readonly [series: string, theirs: (page: Series) => number | undefined];

/** Every metric that node_exporter has as well is switched on, with all its attributes. */
const scrapers = {
  cpu: { metrics: { 'system.cpu.time': { attributes: ['cpu', 'state'] } } },
  load: null,
  memory: { metrics: { 'system.memory.limit': { enabled: true } } },
  disk: null,
  filesystem: null,
  network: null,
  paging: null,
  processes: null,
};

const label = (series: string, key: string): string => new RegExp(`[{,]${key}=([^,}]*)`).exec(series)?.[1] ?? '';
const plain =
  (name: string, factor = 1) =>
  (page: Series): number | undefined => {
    const value = page.get(name);
    return value === undefined ? undefined : value * factor;
  };

const modes: Readonly<Record<string, string>> = { wait: 'iowait', interrupt: 'irq' };
const disks: Readonly<Record<string, readonly [read: string, write: string]>> = {
  'system.disk.io': ['node_disk_read_bytes_total', 'node_disk_written_bytes_total'],
  'system.disk.operations': ['node_disk_reads_completed_total', 'node_disk_writes_completed_total'],
  'system.disk.merged': ['node_disk_reads_merged_total', 'node_disk_writes_merged_total'],
  'system.disk.operation_time': ['node_disk_read_time_seconds_total', 'node_disk_write_time_seconds_total'],
  'system.disk.io_time': ['node_disk_io_time_seconds_total', ''],
  'system.disk.weighted_io_time': ['node_disk_io_time_weighted_seconds_total', ''],
};
const networks: Readonly<Record<string, string>> = {
  'system.network.io': 'bytes',
  'system.network.packets': 'packets',
  'system.network.errors': 'errs',
  'system.network.dropped': 'drop',
};
/** The Collector multiplies counts of events by the size of a page. */
const events = 4096;

/** Counters, which only grow: a value lies between what node_exporter said before and after. */
function counterOf(series: string): Pair | undefined {
  const name = series.replace(/\{.*/, '');
  const direction = label(series, 'direction');
  const device = `{device="${label(series, 'device')}"}`;
  if (name === 'system.cpu.time') {
    const state = label(series, 'state');
    const cpu = label(series, 'cpu').slice('cpu'.length);
    return [series, plain(`node_cpu_seconds_total{cpu="${cpu}",mode="${modes[state] ?? state}"}`)];
  }
  const disk = disks[name];
  if (disk) return [series, plain(`${direction === 'write' ? disk[1] : disk[0]}${device}`)];
  const network = networks[name];
  if (network !== undefined) return [series, plain(`node_network_${direction}_${network}_total${device}`)];
  switch (series) {
    case 'system.processes.created':
      return [series, plain('node_forks_total')];
    case 'system.paging.operations{direction=page_in,type=major}':
      return [series, plain('node_vmstat_pswpin', events)];
    case 'system.paging.operations{direction=page_out,type=major}':
      return [series, plain('node_vmstat_pswpout', events)];
    case 'system.paging.operations{direction=page_in,type=minor}':
      return [series, plain('node_vmstat_pgpgin', events)];
    case 'system.paging.operations{direction=page_out,type=minor}':
      return [series, plain('node_vmstat_pgpgout', events)];
    case 'system.paging.faults{type=major}':
      return [series, plain('node_vmstat_pgmajfault', events)];
    default:
      return undefined;
  }
}

const memory = (field: string): ((page: Series) => number | undefined) => plain(`node_memory_${field}_bytes`);
const difference =
  (a: string, b: string) =>
  (page: Series): number | undefined =>
    page.has(a) ? (page.get(a) ?? 0) - (page.get(b) ?? 0) : undefined;

/** Figures that go up and down: at some moment both programs say the same. */
const gauges: readonly Pair[] = [
  ['system.cpu.load_average.1m', plain('node_load1')],
  ['system.cpu.load_average.5m', plain('node_load5')],
  ['system.cpu.load_average.15m', plain('node_load15')],
  ['system.memory.limit', memory('MemTotal')],
  ['system.memory.usage{state=free}', memory('MemFree')],
  ['system.memory.usage{state=buffered}', memory('Buffers')],
  [
    'system.memory.usage{state=cached}',
    (page) => (page.get('node_memory_Cached_bytes') ?? 0) + (page.get('node_memory_SReclaimable_bytes') ?? 0),
  ],
  ['system.memory.usage{state=slab_reclaimable}', memory('SReclaimable')],
  ['system.memory.usage{state=slab_unreclaimable}', memory('SUnreclaim')],
  ['system.memory.usage{state=used}', difference('node_memory_MemTotal_bytes', 'node_memory_MemAvailable_bytes')],
  ['system.network.connections{protocol=tcp,state=LISTEN}', plain('node_tcp_connection_states{state="listen"}')],
  [
    'system.network.connections{protocol=tcp,state=ESTABLISHED}',
    plain('node_tcp_connection_states{state="established"}'),
  ],
  ['system.processes.count{status=blocked}', plain('node_procs_blocked')],
];

/** The figures of a mount: node_exporter has the size, the free and the available space. */
function mountOf(series: string): Pair | undefined {
  const kind = /^system\.filesystem\.(usage|inodes\.usage)\{/.exec(series)?.[1];
  if (kind === undefined) return undefined;
  const state = label(series, 'state');
  const of = (name: string): string =>
    `node_filesystem_${name}{device="${label(series, 'device')}",fstype="${label(series, 'type')}",` +
    `mountpoint="${label(series, 'mountpoint')}"}`;
  if (kind === 'inodes.usage')
    return [series, state === 'free' ? plain(of('files_free')) : difference(of('files'), of('files_free'))];
  if (state === 'free') return [series, plain(of('avail_bytes'))];
  const parts = state === 'used' ? (['size_bytes', 'free_bytes'] as const) : (['free_bytes', 'avail_bytes'] as const);
  return [series, difference(of(parts[0]), of(parts[1]))];
}

test('the figures are those of node_exporter at the same moment', async () => {
  const exporter = await NodeExporter.start('tcpstat');
  const scrapes = await HostScrapes.start({ scrapers });
  try {
    const before = await exporter.series();
    const own = await scrapes.next();
    const after = await exporter.series();
    const wrong: string[] = [];
    const compared = new Set<string>();
    for (const [series, value] of own) {
      const [, theirs] = counterOf(series) ?? [];
      const least = theirs?.(before);
      const most = theirs?.(after);
      if (least === undefined || most === undefined) continue;
      compared.add(series.replace(/\{.*/, ''));
      // Idle and waiting time of a CPU is put together anew for each reader, and may step back by a tick or two.
      // Milliseconds become seconds there by a factor that is no exact number.
      const slack = series.startsWith('system.cpu.time') ? 0.1 : Math.abs(value) * 1e-9;
      if (value < least - slack || value > most + slack) wrong.push(`${series}: ${value}, ${least} to ${most}`);
    }
    expect(wrong).toEqual([]);
    expect([...compared]).toEqual(expect.arrayContaining(['system.cpu.time', 'system.processes.created']));
    expect([...compared]).toEqual(expect.arrayContaining(Object.keys(networks)));

    // Others run on this host as well: each figure has to agree once.
    const mounts = [...own.keys()].map(mountOf).filter((pair) => pair !== undefined);
    const left = new Map([...gauges, ...mounts]);
    await expect
      .poll(
        async () => {
          const page = await exporter.series();
          const now = await scrapes.next();
          for (const [series, theirs] of left) {
            const their = theirs(page);
            const value = now.get(series);
            if (their === undefined) left.delete(series);
            else if (value !== undefined && Math.abs(value - their) <= 0.01 * Math.abs(their) + 16) left.delete(series);
          }
          return [...left.keys()];
        },
        { interval: 50 },
      )
      .toEqual([]);
  } finally {
    await scrapes.stop();
    await exporter.stop();
  }
});
