import { isMissing } from '../../host/file-reader.js';
import type { HostMetric, PointSink } from '../../metrics/host-metric.js';
import type { ProcNumber } from '../../text/proc-number.js';
import { parseRpcStats, type RpcStats } from '../../text/rpc-stats.js';
import type { ScrapeFaults } from '../faults.js';
import { hostScraper, type HostScraper, type ScraperParts } from '../host-scraper.js';
import { nfs3Procedures, nfs4ClientOperations, nfs4Procedures, nfs4ServerOperations } from './procedures.js';

interface Reading {
  /** /proc/net/rpc/nfs; undefined without an NFS client. */
  readonly client: RpcStats | undefined;
  /** /proc/net/rpc/nfsd; undefined without an NFS server. */
  readonly server: RpcStats | undefined;
}

type Side = keyof Reading;

/** Numbers of a line that have no operation of their own. */
const withoutOperation = 3;

function counter(
  side: Side,
  name: string,
  unit: string,
  description: string,
  attributes: readonly string[],
  write: (stats: RpcStats, to: PointSink) => void,
  kind: 'counter' | 'sum' = 'counter',
): HostMetric<Reading> {
  return {
    name: `nfs.${side}.${name}`,
    unit,
    description,
    kind,
    number: 'int',
    attributes,
    on: true,
    points(reading, to) {
      const stats = reading[side];
      if (stats) write(stats, to);
    },
  };
}

/** One number of a line, when the kernel has it. */
const single =
  (line: string, place: number, ...attributes: readonly string[]) =>
  (stats: RpcStats, to: PointSink): void => {
    const value = stats.get(line)?.[place];
    if (value !== undefined) to.add(value, ...attributes);
  };

/** Some numbers of a line, each with the value of one attribute. */
const several =
  (line: string, ...values: readonly (readonly [place: number, value: string])[]) =>
  (stats: RpcStats, to: PointSink): void => {
    for (const [place, value] of values) single(line, place, value)(stats, to);
  };

/** The numbers of a line by the names of procedures; the first says how many there are. */
function byName(
  to: PointSink,
  numbers: readonly ProcNumber[] | undefined,
  names: readonly string[],
  version: number,
  skipped = 0,
): void {
  for (const [i, name] of names.entries()) {
    const value = numbers?.[1 + skipped + i];
    if (value !== undefined) to.add(value, name, version);
  }
}

const procedure = ['onc_rpc.procedure.name', 'onc_rpc.version'];
const operation = ['nfs.operation.name', 'onc_rpc.version'];
const transports = several('net', [1, 'udp'], [2, 'tcp']);

const metrics: readonly HostMetric<Reading>[] = [
  counter(
    'client',
    'net.count',
    '{record}',
    'Reports the count of kernel NFS client TCP segments and UDP datagrams handled.',
    ['network.transport'],
    transports,
  ),
  counter(
    'client',
    'net.tcp.connection.accepted',
    '{connection}',
    'Reports the count of kernel NFS client TCP connections accepted',
    [],
    single('net', 3),
  ),
  counter(
    'client',
    'rpc.count',
    '{request}',
    "Reports the count of kernel NFS client RPCs sent, regardless of whether they're accepted/rejected by the server.",
    [],
    single('rpc', 0),
  ),
  counter(
    'client',
    'rpc.retransmit.count',
    '{retransmit}',
    'Reports the count of kernel NFS client RPC retransmits',
    [],
    single('rpc', 1),
  ),
  counter(
    'client',
    'rpc.authrefresh.count',
    '{authrefresh}',
    'Reports the count of kernel NFS client RPC authentication refreshes',
    [],
    single('rpc', 2),
  ),
  counter(
    'client',
    'procedure.count',
    '{procedure}',
    'Reports the count of kernel NFS client procedures',
    procedure,
    (stats, to) => byName(to, stats.get('proc3'), nfs3Procedures, 3),
  ),
  counter(
    'client',
    'operation.count',
    '{operation}',
    'Reports the count of kernel NFSv4+ client operations',
    operation,
    (stats, to) => byName(to, stats.get('proc4'), nfs4ClientOperations, 4),
  ),
  counter(
    'server',
    'repcache.requests',
    '{request}',
    'Reports the kernel NFS server reply cache request count by cache hit status.',
    ['nfs.server.repcache.status'],
    several('rc', [0, 'hit'], [1, 'miss'], [2, 'nocache']),
  ),
  counter(
    'server',
    'fh.stale.count',
    '{fh}',
    'Reports the cumulative count of kernel NFS server stale file handles.',
    [],
    single('fh', 0),
  ),
  counter(
    'server',
    'io',
    'By',
    'Reports the count of kernel NFS server bytes returned to receive and transmit (read and write) requests.',
    ['network.io.direction'],
    several('io', [0, 'receive'], [1, 'transmit']),
  ),
  counter(
    'server',
    'thread.count',
    '{thread}',
    'Reports the count of kernel NFS server available threads',
    [],
    single('th', 0),
    'sum',
  ),
  counter(
    'server',
    'net.count',
    '{request}',
    'Reports the count of kernel NFS server TCP segments and UDP datagrams handled.',
    ['network.transport'],
    transports,
  ),
  counter(
    'server',
    'net.tcp.connection.accepted',
    '{connection}',
    'Reports the count of kernel NFS server TCP connections accepted',
    [],
    single('net', 3),
  ),
  counter(
    'server',
    'rpc.count',
    '{request}',
    'Reports the count of kernel NFS server RPCs handled.',
    ['error.type'],
    several('rpc', [2, 'format'], [3, 'auth'], [4, 'client']),
  ),
  counter(
    'server',
    'procedure.count',
    '{procedure}',
    'Reports the count of kernel NFS server procedures',
    procedure,
    (stats, to) => {
      byName(to, stats.get('proc3'), nfs3Procedures, 3);
      byName(to, stats.get('proc4'), nfs4Procedures, 4);
    },
  ),
  counter(
    'server',
    'operation.count',
    '{operation}',
    'Reports the count of kernel NFSv4+ server operations',
    operation,
    (stats, to) => byName(to, stats.get('proc4ops'), nfs4ServerOperations, 4, withoutOperation),
  ),
];

export const nfsScraper: HostScraper = hostScraper<object, Reading>({
  name: 'nfs',
  options: {},
  metrics,
  // The counters begin when the module is loaded, which no file tells.
  startMs: ({ clock }) => clock.unixMs(),
  reading(_options, parts, wanted) {
    const count = (side: Side): number =>
      metrics.filter(({ name }) => name.startsWith(`nfs.${side}.`) && wanted(name)).length;
    const counts = { client: count('client'), server: count('server') };
    return (faults) => ({
      client: counts.client > 0 ? readStats('nfs', counts.client, parts, faults) : undefined,
      server: counts.server > 0 ? readStats('nfsd', counts.server, parts, faults) : undefined,
    });
  },
});

function readStats(
  name: 'nfs' | 'nfsd',
  metricCount: number,
  { host }: ScraperParts,
  faults: ScrapeFaults,
): RpcStats | undefined {
  try {
    return host.files.parse(host.paths.proc(`net/rpc/${name}`), parseRpcStats);
  } catch (error) {
    // A host without NFS has no such file.
    if (!isMissing(error)) faults.add(error, metricCount);
    return undefined;
  }
}
