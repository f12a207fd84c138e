import { apiList, apiText, apiValue, type ApiJson } from '../../../kubernetes/json.js';

/** A number of the kubelet; undefined where there is none. Bytes, unless the name says otherwise. */
export type Stat = number | undefined;

export interface CpuStats {
  readonly usageNanoCores: Stat;
  readonly usageCoreNanoSeconds: Stat;
  /** When that was measured, milliseconds since the epoch. */
  readonly timeMs: number | undefined;
}

export interface MemoryStats {
  readonly available: Stat;
  readonly usage: Stat;
  readonly workingSet: Stat;
  readonly rss: Stat;
  readonly pageFaults: Stat;
  readonly majorPageFaults: Stat;
}

export interface FilesystemStats {
  readonly available: Stat;
  readonly capacity: Stat;
  readonly used: Stat;
  readonly inodes: Stat;
  readonly inodesFree: Stat;
  readonly inodesUsed: Stat;
}

export interface InterfaceTraffic {
  readonly name: string;
  readonly received: Stat;
  readonly receiveErrors: Stat;
  readonly sent: Stat;
  readonly sendErrors: Stat;
}

export interface NetworkStats {
  /** That of the default route. */
  readonly usual: InterfaceTraffic;
  readonly all: readonly InterfaceTraffic[];
}

/** The kubelet's figures of a node, a pod or a container. */
export interface RunningStats {
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly startedMs: number | undefined;
  readonly cpu: CpuStats;
  readonly memory: MemoryStats;
}

export interface NodeStats extends RunningStats {
  readonly filesystem: FilesystemStats;
  readonly network: NetworkStats;
  readonly systemContainers: readonly RunningStats[];
  readonly mostThreads: Stat;
  readonly threads: Stat;
}

export interface ContainerStats extends RunningStats {
  readonly root: FilesystemStats;
  readonly logs: FilesystemStats;
}

export interface VolumeStats {
  readonly name: string;
  readonly filesystem: FilesystemStats;
}

export interface PodStats extends RunningStats {
  readonly namespace: string;
  readonly uid: string;
  readonly storage: FilesystemStats;
  readonly network: NetworkStats;
  readonly containers: readonly ContainerStats[];
  readonly volumes: readonly VolumeStats[];
}

/** The answer to `/stats/summary`. */
export interface StatsSummary {
  readonly node: NodeStats;
  readonly pods: readonly PodStats[];
}

/** Reads it. Throws when it is no summary; what is missing in it, or no number, is left out. */
export function readSummary(document: ApiJson): StatsSummary {
  const node = apiValue(document, 'node');
  if (node === undefined) throw new Error('the answer to GET /stats/summary has no node: it is not of a kubelet');
  return {
    node: {
      ...runningOf(node, apiText(node, 'nodeName') ?? ''),
      filesystem: filesystemOf(apiValue(node, 'fs')),
      network: networkOf(apiValue(node, 'network')),
      systemContainers: apiList(node, 'systemContainers').map((each) => runningOf(each, apiText(each, 'name') ?? '')),
      mostThreads: statOf(node, 'rlimit', 'maxpid'),
      threads: statOf(node, 'rlimit', 'curproc'),
    },
    pods: apiList(document, 'pods').map((pod) => ({
      ...runningOf(pod, apiText(pod, 'podRef', 'name') ?? ''),
      namespace: apiText(pod, 'podRef', 'namespace') ?? '',
      uid: apiText(pod, 'podRef', 'uid') ?? '',
      storage: filesystemOf(apiValue(pod, 'ephemeral-storage')),
      network: networkOf(apiValue(pod, 'network')),
      containers: apiList(pod, 'containers').map((container) => ({
        ...runningOf(container, apiText(container, 'name') ?? ''),
        root: filesystemOf(apiValue(container, 'rootfs')),
        logs: filesystemOf(apiValue(container, 'logs')),
      })),
      volumes: apiList(pod, 'volume').map((volume) => ({
        name: apiText(volume, 'name') ?? '',
        filesystem: filesystemOf(volume),
      })),
    })),
  };
}

function runningOf(value: ApiJson, name: string): RunningStats {
  return {
    name,
    startedMs: timeOf(value, 'startTime'),
    cpu: {
      usageNanoCores: statOf(value, 'cpu', 'usageNanoCores'),
      usageCoreNanoSeconds: statOf(value, 'cpu', 'usageCoreNanoSeconds'),
      timeMs: timeOf(value, 'cpu', 'time'),
    },
    memory: {
      available: statOf(value, 'memory', 'availableBytes'),
      usage: statOf(value, 'memory', 'usageBytes'),
      workingSet: statOf(value, 'memory', 'workingSetBytes'),
      rss: statOf(value, 'memory', 'rssBytes'),
      pageFaults: statOf(value, 'memory', 'pageFaults'),
      majorPageFaults: statOf(value, 'memory', 'majorPageFaults'),
    },
  };
}

function filesystemOf(value: ApiJson): FilesystemStats {
  return {
    available: statOf(value, 'availableBytes'),
    capacity: statOf(value, 'capacityBytes'),
    used: statOf(value, 'usedBytes'),
    inodes: statOf(value, 'inodes'),
    inodesFree: statOf(value, 'inodesFree'),
    inodesUsed: statOf(value, 'inodesUsed'),
  };
}

function networkOf(value: ApiJson): NetworkStats {
  return { usual: trafficOf(value), all: apiList(value, 'interfaces').map(trafficOf) };
}

function trafficOf(value: ApiJson): InterfaceTraffic {
  return {
    name: apiText(value, 'name') ?? '',
    received: statOf(value, 'rxBytes'),
    receiveErrors: statOf(value, 'rxErrors'),
    sent: statOf(value, 'txBytes'),
    sendErrors: statOf(value, 'txErrors'),
  };
}

/** No point can hold more, and nothing that is measured is negative. */
const mostInt = 2 ** 63;

function statOf(value: ApiJson, ...path: readonly string[]): Stat {
  const found = apiValue(value, ...path);
  return typeof found === 'number' && found >= 0 && found < mostInt ? Math.trunc(found) : undefined;
}

function timeOf(value: ApiJson, ...path: readonly string[]): number | undefined {
  const ms = Date.parse(apiText(value, ...path) ?? '');
  return ms > 0 ? ms : undefined;
}
