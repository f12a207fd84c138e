import type {
  ContainerStats,
  InterfaceTraffic,
  NodeStats,
  PodStats,
  RunningStats,
  Stat,
  VolumeStats,
} from '../kubelet/summary.js';

/** Something that runs, as its metrics see it. */
export interface RunningReading {
  readonly stats: RunningStats;
  /** Cores; undefined before there is anything to compare with. */
  readonly cpuUsage: Stat;
  /** Seconds since it started. */
  readonly uptime: Stat;
}

/** The requests and limits of a pod or container; undefined where it does not say. Cores and bytes. */
export interface Bounds {
  readonly cpuRequest: Stat;
  readonly cpuLimit: Stat;
  readonly memoryRequest: Stat;
  readonly memoryLimit: Stat;
}

/** The capacity of a node, cores and bytes; undefined before it is known. */
export interface NodeCapacity {
  readonly cpu: Stat;
  readonly memory: Stat;
}

/** Something that runs on a node within bounds. */
export interface BoundedReading extends RunningReading {
  readonly bounds: Bounds;
  readonly capacity: NodeCapacity;
}

export interface NodeReading extends RunningReading {
  readonly stats: NodeStats;
  readonly traffic: readonly InterfaceTraffic[];
}

export interface PodReading extends BoundedReading {
  readonly stats: PodStats;
  readonly traffic: readonly InterfaceTraffic[];
}

export interface ContainerReading extends BoundedReading {
  readonly stats: ContainerStats;
}

export type VolumeReading = VolumeStats;
