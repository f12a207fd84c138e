import { apiList, apiText, type ApiJson } from '../../../kubernetes/json.js';
import { pods } from '../../../kubernetes/resource.js';
import { clusterEntity, clusterKind, gauge, type ClusterKind, type ObjectNames } from '../cluster-kind.js';
import { containerEntity, readContainer, type KnownContainer } from './containers.js';

/** The facts that are kept of a pod. */
interface PodReading {
  readonly names: ObjectNames;
  readonly node: string | undefined;
  readonly phase: string | undefined;
  readonly reason: string | undefined;
  readonly qosClass: string | undefined;
  readonly containers: readonly KnownContainer[];
}

const phases: Readonly<Record<string, number>> = { Pending: 1, Running: 2, Succeeded: 3, Failed: 4 };
const unknownPhase = 5;
const reasons: Readonly<Record<string, number>> = {
  Evicted: 1,
  NodeAffinity: 2,
  NodeLost: 3,
  Shutdown: 4,
  UnexpectedAdmissionError: 5,
};
const unknownReason = 6;

const codeOf = (codes: Readonly<Record<string, number>>, word: string | undefined, otherwise: number): number =>
  word !== undefined && Object.hasOwn(codes, word) ? (codes[word] ?? otherwise) : otherwise;

function readPod(object: ApiJson, names: ObjectNames): PodReading {
  const node = apiText(object, 'spec', 'nodeName');
  const statuses = new Map<string, ApiJson>();
  // One without an ID has not run yet.
  for (const status of apiList(object, 'status', 'containerStatuses')) {
    const name = apiText(status, 'name');
    if (name !== undefined && (apiText(status, 'containerID') ?? '') !== '') statuses.set(name, status);
  }
  return {
    names,
    node,
    phase: apiText(object, 'status', 'phase'),
    reason: apiText(object, 'status', 'reason'),
    qosClass: apiText(object, 'status', 'qosClass'),
    containers: apiList(object, 'spec', 'containers').flatMap((container) => {
      const name = apiText(container, 'name');
      if (name === undefined) return [];
      return [readContainer({ pod: names, node, name }, container, statuses.get(name))];
    }),
  };
}

export const podKind: ClusterKind = clusterKind<PodReading>(pods, true, readPod, [
  clusterEntity<PodReading, PodReading>({
    metrics: [
      gauge(
        'k8s.pod.phase',
        '',
        'Current phase of the pod (1 - Pending, 2 - Running, 3 - Succeeded, 4 - Failed, 5 - Unknown)',
        ({ phase }) => codeOf(phases, phase, unknownPhase),
      ),
      {
        ...gauge<PodReading>(
          'k8s.pod.status_reason',
          '',
          'Current status reason of the pod (1 - Evicted, 2 - NodeAffinity, 3 - NodeLost, 4 - Shutdown, 5 - ' +
            'UnexpectedAdmissionError, 6 - Unknown)',
          ({ reason }) => codeOf(reasons, reason, unknownReason),
        ),
        on: false,
      },
    ],
    items: (reading) => [reading],
    attributes: ({ names, node, qosClass }) => [
      ['k8s.namespace.name', names.namespace],
      ['k8s.node.name', node],
      ['k8s.pod.name', names.name],
      ['k8s.pod.uid', names.uid],
      ['k8s.pod.qos_class', qosClass],
    ],
  }),
  containerEntity<PodReading>(({ containers }) => containers),
]);
