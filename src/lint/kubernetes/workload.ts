import type { Replicas } from '../model/replicas.js';
import type { Setting, Spot } from '../setting.js';

/** The workload that runs instances of a configuration in Kubernetes. */
export interface Workload {
  readonly name: string;
  readonly namespace: string;
  readonly kind: string;
  readonly spec: Setting;
  readonly replicas: Replicas;
  /** The container that has the configuration; undefined where an operator makes it. */
  readonly container: Setting | undefined;
  /** The Services that select its pods. */
  readonly services: readonly KubernetesService[];
  /** Set when an autoscaler changes the number of its pods. */
  readonly scaledBy: Spot | undefined;
}

export interface KubernetesService extends Spot {
  readonly name: string;
  readonly namespace: string;
  /** Its name has the addresses of all pods. */
  readonly isHeadless: boolean;
  readonly ports: readonly ServicePort[];
}

export interface ServicePort {
  readonly port: number | undefined;
  /** A port of the container, or the name of one. */
  readonly target: number | string | undefined;
  readonly at: Setting;
}

/** Binary and decimal units of quantities, as Kubernetes has them. */
const units: Readonly<Record<string, number>> = {
  ...{ '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 },
};

/** The most memory that a container may have, bytes. */
export function memoryLimitOf(workload: Workload): { readonly bytes: number; readonly at: Setting } | undefined {
  const at = (workload.container ?? workload.spec).at('resources', 'limits', 'memory');
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)([KMGT]i|[kMGT])?$/.exec(String(at.textOr(''))) ?? [];
  const factor = units[unit];
  return number === '' || factor === undefined ? undefined : { bytes: Number(number) * factor, at };
}
