import { resultInTurns } from '../../../component/turn.js';
import { isMissing } from '../host/file-reader.js';
import type { ObservedHost } from '../host/observed-host.js';
import { countConnections } from '../host/tcp-reader.js';
import type { HostMetric } from '../metrics/host-metric.js';
import { parseInterfaceStats, type InterfaceStats } from '../text/interface-stats.js';
import type { ProcNumber } from '../text/proc-number.js';
import { TcpStates } from '../text/tcp-states.js';
import { hostScraper, type HostScraper } from './host-scraper.js';
import { nameFilter, nameMatch, type NameMatch } from './name-filter.js';

interface Options {
  readonly include: NameMatch<'interfaces'>;
  readonly exclude: NameMatch<'interfaces'>;
}

interface Reading {
  readonly stats: InterfaceStats | undefined;
  /** Rows of the interfaces that are reported. */
  readonly rows: readonly number[];
  readonly connections: ReadonlyMap<string, number> | undefined;
  readonly conntrack: { readonly count: ProcNumber; readonly max: ProcNumber } | undefined;
}

const perDirection = (name: string, unit: string, description: string, what: number): HostMetric<Reading> => ({
  name,
  unit,
  description,
  kind: 'counter',
  number: 'int',
  attributes: ['device', 'direction'],
  on: true,
  points({ stats, rows }, to) {
    if (!stats) return;
    for (const row of rows) {
      to.add(stats.counter(row, what, 'receive'), stats.names[row], 'receive');
      to.add(stats.counter(row, what, 'transmit'), stats.names[row], 'transmit');
    }
  },
});

const interfaces: readonly HostMetric<Reading>[] = [
  perDirection('system.network.io', 'By', 'The number of bytes transmitted and received.', 0),
  perDirection('system.network.packets', '{packets}', 'The number of packets transferred.', 1),
  perDirection('system.network.errors', '{errors}', 'The number of errors encountered.', 2),
  perDirection('system.network.dropped', '{packets}', 'The number of packets dropped.', 3),
];

const tracked = (name: 'count' | 'max', description: string): HostMetric<Reading> => ({
  name: `system.network.conntrack.${name}`,
  unit: '{entries}',
  description,
  kind: 'sum',
  number: 'int',
  attributes: [],
  on: false,
  points({ conntrack }, to) {
    if (conntrack) to.add(conntrack[name]);
  },
});

export const networkScraper: HostScraper = hostScraper<Options, Reading>({
  name: 'network',
  options: {
    include: nameMatch('interfaces', 'Interfaces that are reported; none: all'),
    exclude: nameMatch('interfaces', 'Interfaces that are left out'),
  },
  metrics: [
    ...interfaces,
    {
      name: 'system.network.connections',
      unit: '{connections}',
      description: 'The number of connections.',
      kind: 'sum',
      number: 'int',
      attributes: ['protocol', 'state'],
      on: true,
      points({ connections }, to) {
        if (connections) for (const [state, count] of connections) to.add(count, 'tcp', state);
      },
    },
    tracked('count', 'The count of entries in conntrack table.'),
    tracked('max', 'The limit for entries in the conntrack table.'),
  ],
  reading({ include, exclude }, { host }, wanted) {
    const isReported = nameFilter('interfaces', include, exclude);
    const wantsInterfaces = interfaces.filter(({ name }) => wanted(name)).length;
    const wantsConnections = wanted('system.network.connections');
    const wantsTracked = ['count', 'max'].filter((name) => wanted(`system.network.conntrack.${name}`)).length;
    return async (faults) => {
      const tried = async <T>(read: () => T | Promise<T>, metrics: number, what: string): Promise<T | undefined> => {
        if (metrics === 0) return undefined;
        try {
          return await read();
        } catch (error) {
          faults.add(error, metrics, what);
          return undefined;
        }
      };
      const readInterfaces = (): InterfaceStats => host.files.parse(host.paths.proc('net/dev'), parseInterfaceStats);
      const stats = await tried(readInterfaces, wantsInterfaces, 'failed to read network IO stats');
      return {
        stats,
        rows: [...(stats?.names.keys() ?? [])].filter((row) => isReported(stats?.names[row] ?? '')),
        connections: await tried(() => connectionsOf(host), wantsConnections ? 1 : 0, 'failed to read TCP connections'),
        conntrack: await tried(() => conntrackOf(host), wantsTracked, 'failed to read conntrack info'),
      };
    };
  },
});

async function connectionsOf(host: ObservedHost): Promise<ReadonlyMap<string, number>> {
  const states = new TcpStates();
  await resultInTurns(countConnections(host.paths.proc('net/tcp'), states, host.files.columns));
  try {
    await resultInTurns(countConnections(host.paths.proc('net/tcp6'), states, host.files.columns));
  } catch (error) {
    // A kernel without IPv6 does not have the file.
    if (!isMissing(error)) throw error;
  }
  return states.counts;
}

function conntrackOf(host: ObservedHost): { readonly count: ProcNumber; readonly max: ProcNumber } {
  const number = (name: string): ProcNumber => {
    const file = host.paths.proc(`sys/net/netfilter/nf_conntrack_${name}`);
    return host.files.parse(file, (columns) => {
      const value = columns.nextLine() && columns.nextColumn() ? columns.whole() : undefined;
      if (value === undefined) throw new Error(`no number: ${JSON.stringify(columns.text())}`);
      return value;
    });
  };
  return { count: number('count'), max: number('max') };
}
