import type { ClusterKind } from '../cluster-kind.js';
import { autoscalerKind } from './autoscalers.js';
import { namespaceKind } from './namespaces.js';
import { nodeKind } from './nodes.js';
import { podKind } from './pods.js';
import { clusterQuotaKind, quotaKind } from './quotas.js';
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

/** Those that OpenShift has, too. */
export const openshiftKinds: readonly ClusterKind[] = [clusterQuotaKind];

export const clusterKinds: readonly ClusterKind[] = [...usualKinds, ...openshiftKinds];
