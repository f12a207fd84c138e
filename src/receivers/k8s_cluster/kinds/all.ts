import type { ClusterKind } from '../cluster-kind.js';
import { autoscalerKind } from './autoscalers.js';
import { namespaceKind } from './namespaces.js';
import { nodeKind } from './nodes.js';
import { podKind } from './pods.js';
import { clusterQuotaKind, quotaKind } from './quotas.js';
import { serviceKind } from './services.js';
import { claimKind, volumeKind } from './volumes.js';
import { workloadKinds } from './workloads.js';

/** The kinds that every cluster has. */
export const usualKinds: readonly ClusterKind[] = [
  podKind,
  nodeKind,
  namespaceKind,
  ...workloadKinds,
  autoscalerKind,
  quotaKind,
];

/** Those whose metrics are off unless switched: they take no rights before. */
export const optionalKinds: readonly ClusterKind[] = [volumeKind, claimKind, serviceKind];

/** Those that OpenShift has, too. */
export const openshiftKinds: readonly ClusterKind[] = [clusterQuotaKind];

export const clusterKinds: readonly ClusterKind[] = [...usualKinds, ...optionalKinds, ...openshiftKinds];
