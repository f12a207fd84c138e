import {
  cronJobs,
  daemonSets,
  deployments,
  jobs,
  replicaSets,
  replicationControllers,
  statefulSets,
  type ApiResource,
} from '../../../kubernetes/resource.js';
import { apiList, type ApiJson } from '../../../kubernetes/json.js';
import type { TableMetric } from '../../../intake/scrape/metric-table.js';
import { clusterEntity, clusterKind, gauge, type ClusterKind, type ObjectNames } from '../cluster-kind.js';
import type { ResourceAttribute } from '../resource-attributes.js';
import { countAt, numberAt } from './number-at.js';

/** A workload: its names, and its numbers in the order of its metrics. */
interface Workload {
  readonly names: ObjectNames;
  readonly numbers: readonly (number | undefined)[];
}

type Numeral = readonly [
  suffix: string,
  unit: string,
  description: string,
  read: (object: ApiJson) => number | undefined,
];

/** A kind whose metrics each are one number of its objects; `sums` are off. `word` is that of its attributes. */
function workload(
  resource: ApiResource,
  prefix: string,
  word: 'deployment' | 'replicaset' | 'replicationcontroller' | 'statefulset' | 'daemonset' | 'job' | 'cronjob',
  numerals: readonly Numeral[],
  sums: readonly Numeral[] = [],
): ClusterKind {
  const nameAttribute: ResourceAttribute = `k8s.${word}.name`;
  const uidAttribute: ResourceAttribute = `k8s.${word}.uid`;
  const all = [...numerals, ...sums];
  const metrics = all.map(([suffix, unit, description], i): TableMetric<Workload> => {
    const metric = gauge<Workload>(`${prefix}.${suffix}`, unit, description, ({ numbers }) => numbers[i]);
    return i < numerals.length ? metric : { ...metric, kind: 'sum', on: false };
  });
  const read = (object: ApiJson, names: ObjectNames): Workload => ({
    names,
    numbers: all.map(([, , , number]) => number(object)),
  });
  return clusterKind(resource, true, read, [
    clusterEntity<Workload, Workload>({
      metrics,
      items: (reading) => [reading],
      attributes: ({ names }) => [
        ['k8s.namespace.name', names.namespace],
        [nameAttribute, names.name],
        [uidAttribute, names.uid],
      ],
    }),
  ]);
}

const replicated = (word: string): readonly Numeral[] => [
  ['desired', '{pod}', `Number of desired pods in this ${word}`, (object) => numberAt(object, 'spec', 'replicas')],
  [
    'available',
    '{pod}',
    `Total number of available pods (ready for at least minReadySeconds) targeted by this ${word}`,
    (object) => countAt(object, 'status', 'availableReplicas'),
  ],
];

const status =
  (name: string) =>
  (object: ApiJson): number =>
    countAt(object, 'status', name);

/** A StatefulSet without a number of replicas has no metrics. */
const ofSet =
  (name: string) =>
  (object: ApiJson): number | undefined =>
    numberAt(object, 'spec', 'replicas') === undefined ? undefined : countAt(object, 'status', name);

const statefulNumerals: readonly Numeral[] = [
  [
    'desired_pods',
    '{pod}',
    'Number of desired pods in the stateful set (the `spec.replicas` field)',
    (object) => numberAt(object, 'spec', 'replicas'),
  ],
  [
    'ready_pods',
    '{pod}',
    'Number of pods created by the stateful set that have the `Ready` condition',
    ofSet('readyReplicas'),
  ],
  [
    'current_pods',
    '{pod}',
    'The number of pods created by the StatefulSet controller from the StatefulSet version',
    ofSet('currentReplicas'),
  ],
  [
    'updated_pods',
    '{pod}',
    'Number of pods created by the StatefulSet controller from the StatefulSet version',
    ofSet('updatedReplicas'),
  ],
];

export const workloadKinds: readonly ClusterKind[] = [
  workload(deployments, 'k8s.deployment', 'deployment', replicated('deployment')),
  workload(replicaSets, 'k8s.replicaset', 'replicaset', replicated('replicaset')),
  workload(
    replicationControllers,
    'k8s.replication_controller',
    'replicationcontroller',
    replicated('replication_controller'),
  ),
  workload(statefulSets, 'k8s.statefulset', 'statefulset', statefulNumerals, [
    [
      'pod.available',
      '{pod}',
      'The number of available pods per stateful set (the `status.availableReplicas` field). A pod is available once ' +
        'it has been `Ready` for at least `spec.minReadySeconds`.',
      status('availableReplicas'),
    ],
  ]),
  workload(daemonSets, 'k8s.daemonset', 'daemonset', [
    [
      'current_scheduled_nodes',
      '{node}',
      'Number of nodes that are running at least 1 daemon pod and are supposed to run the daemon pod',
      status('currentNumberScheduled'),
    ],
    [
      'desired_scheduled_nodes',
      '{node}',
      'Number of nodes that should be running the daemon pod (including nodes currently running the daemon pod)',
      status('desiredNumberScheduled'),
    ],
    [
      'misscheduled_nodes',
      '{node}',
      'Number of nodes that are running the daemon pod, but are not supposed to run the daemon pod',
      status('numberMisscheduled'),
    ],
    [
      'ready_nodes',
      '{node}',
      'Number of nodes that should be running the daemon pod and have one or more of the daemon pod running and ready',
      status('numberReady'),
    ],
  ]),
  workload(jobs, 'k8s.job', 'job', [
    ['active_pods', '{pod}', 'The number of actively running pods for a job', status('active')],
    ['failed_pods', '{pod}', 'The number of pods which reached phase Failed for a job', status('failed')],
    ['successful_pods', '{pod}', 'The number of pods which reached phase Succeeded for a job', status('succeeded')],
    [
      'desired_successful_pods',
      '{pod}',
      'The desired number of successfully finished pods the job should be run with',
      (object) => numberAt(object, 'spec', 'completions'),
    ],
    [
      'max_parallel_pods',
      '{pod}',
      'The max desired number of pods the job should run at any given time',
      (object) => numberAt(object, 'spec', 'parallelism'),
    ],
  ]),
  workload(cronJobs, 'k8s.cronjob', 'cronjob', [
    [
      'active_jobs',
      '{job}',
      'The number of actively running jobs for a cronjob',
      (object) => apiList(object, 'status', 'active').length,
    ],
  ]),
];
