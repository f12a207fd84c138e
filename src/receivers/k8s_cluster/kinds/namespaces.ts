import { apiText } from '../../../kubernetes/json.js';
import { namespaces } from '../../../kubernetes/resource.js';
import { clusterEntity, clusterKind, gauge, type ClusterKind, type ObjectNames } from '../cluster-kind.js';

interface NamespacePhase {
  readonly names: ObjectNames;
  readonly phase: string | undefined;
}

const phases: Readonly<Record<string, number>> = { Active: 1, Terminating: 0 };

export const namespaceKind: ClusterKind = clusterKind<NamespacePhase>(
  namespaces,
  false,
  (object, names) => ({ names, phase: apiText(object, 'status', 'phase') }),
  [
    clusterEntity<NamespacePhase, NamespacePhase>({
      metrics: [
        gauge(
          'k8s.namespace.phase',
          '',
          'The current phase of namespaces (1 for active and 0 for terminating)',
          (item) => (Object.hasOwn(phases, item.phase ?? '') ? phases[item.phase ?? ''] : -1),
        ),
      ],
      items: (reading) => [reading],
      attributes: ({ names }) => [
        ['k8s.namespace.name', names.name],
        ['k8s.namespace.uid', names.uid],
      ],
    }),
  ],
);
