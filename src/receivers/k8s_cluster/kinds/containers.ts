import type { TableMetric } from '../../../intake/scrape/metric-table.js';
import { readImage } from '../../../kubernetes/image.js';
import { apiText, apiValue, type ApiJson } from '../../../kubernetes/json.js';
import { apiQuantities, quantityMillis, quantityValue } from '../../../kubernetes/quantity.js';
import { clusterEntity, gauge, type ClusterEntity, type ObjectNames } from '../cluster-kind.js';
import { countAt } from './number-at.js';

/** Where a container runs. */
interface ContainerPlace {
  readonly pod: ObjectNames;
  readonly node: string | undefined;
  readonly name: string;
}

/** Amounts of the resources that have metrics: `cpu` in thousandths. */
type Resources = Readonly<Partial<Record<'cpu' | 'memory' | 'storage' | 'ephemeral-storage', number | bigint>>>;

const states = ['running', 'waiting', 'terminated'] as const;

/** The facts that are kept of a container; the status of one that has not run yet is undefined. */
export interface KnownContainer extends ContainerPlace {
  readonly requests: Resources;
  readonly limits: Resources;
  readonly status:
    | {
        readonly id: string;
        readonly image: string | undefined;
        readonly tag: string | undefined;
        readonly restarts: number;
        readonly isReady: boolean;
        readonly state: (typeof states)[number] | undefined;
        readonly reason: string | undefined;
        readonly lastReason: string | undefined;
      }
    | undefined;
}

export function readContainer(place: ContainerPlace, container: ApiJson, status: ApiJson): KnownContainer {
  return {
    ...place,
    requests: resourcesOf(container, 'requests'),
    limits: resourcesOf(container, 'limits'),
    status: status === undefined ? undefined : statusOf(status, apiText(container, 'image')),
  };
}

function statusOf(status: ApiJson, specified: string | undefined): KnownContainer['status'] {
  const state = states.find((each) => apiValue(status, 'state', each) !== undefined);
  const given = apiText(status, 'image');
  // Some runtimes give the digest alone.
  const named = given === undefined || /^[a-z0-9+._-]+:[0-9a-f]{32,}$/.test(given) ? (specified ?? given) : given;
  const image = named === undefined ? undefined : readImage(named);
  return {
    id: (apiText(status, 'containerID') ?? '').replace(/^[\w-]+:\/\//, ''),
    image: image?.name,
    // The Collector's reading of an image with a digest alone.
    tag: image && (image.tag ?? 'latest'),
    restarts: countAt(status, 'restartCount'),
    isReady: apiValue(status, 'ready') === true,
    state,
    reason: state === undefined ? undefined : apiText(status, 'state', state, 'reason'),
    lastReason: apiText(status, 'lastState', 'terminated', 'reason'),
  };
}

function resourcesOf(container: ApiJson, which: 'requests' | 'limits'): Resources {
  const found: Partial<Record<keyof Resources, number | bigint>> = {};
  for (const [name, text] of apiQuantities(container, 'resources', which)) {
    const value = name === 'cpu' ? quantityMillis(text) : quantityValue(text);
    if (value === undefined) continue;
    if (name === 'cpu' || name === 'memory' || name === 'storage' || name === 'ephemeral-storage') found[name] = value;
  }
  return found;
}

const limitWords =
  'Maximum resource limit set for the container. See ' +
  'https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.23/#resourcerequirements-v1-core for details';
const requestWords =
  'Resource requested for the container. See ' +
  'https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.23/#resourcerequirements-v1-core for details';
const restartWords =
  'How many times the container has restarted in the recent past. This value is pulled directly from the K8s API and ' +
  'the value can go indefinitely high and be reset to 0 at any time depending on how your kubelet is configured to ' +
  'prune dead containers. It is best to not depend too much on the exact value but rather look at it as either == 0, ' +
  'in which case you can conclude there were no restarts in the recent past, or > 0, in which case you can conclude ' +
  'there were restarts in the recent past, and not try and analyze the value beyond that.';
const reasonWords =
  'Experimental metric, may experience breaking changes. Describes the number of K8s containers that are currently ' +
  'in a state for a given reason. All possible container state reasons will be reported at each time interval to ' +
  'avoid missing metrics. Only the value corresponding to the current state reason will be non-zero.';
const stateWords =
  'Experimental metric, may experience breaking changes. Describes the number of K8s containers that are currently ' +
  'in a given state. All possible container states will be reported at each time interval to avoid missing metrics. ' +
  'Only the value corresponding to the current state will be non-zero.';

const reasons = [
  'ContainerCreating',
  'CrashLoopBackOff',
  'CreateContainerConfigError',
  'ErrImagePull',
  'ImagePullBackOff',
  'OOMKilled',
  'Completed',
  'Error',
  'ContainerCannotRun',
] as const;

/** Request and limit of a resource. */
function pair(word: string, resource: keyof Resources): readonly TableMetric<KnownContainer>[] {
  const name = `k8s.container.${word}`;
  const isCpu = resource === 'cpu';
  const metric = (
    which: 'request' | 'limit',
    description: string,
    from: (reading: KnownContainer) => Resources,
  ): TableMetric<KnownContainer> => ({
    ...gauge<KnownContainer>(`${name}_${which}`, isCpu ? '{cpu}' : 'By', description, (reading) => {
      const value = from(reading)[resource];
      return isCpu && value !== undefined ? Number(value) / 1000 : value;
    }),
    number: isCpu ? 'double' : 'int',
  });
  return [
    metric('request', requestWords, ({ requests }) => requests),
    metric('limit', limitWords, ({ limits }) => limits),
  ];
}

/** A point for each word, 1 for the one that holds. */
function oneOf(
  name: string,
  description: string,
  words: readonly string[],
  pick: (status: KnownContainer['status'] & {}) => string | undefined,
): TableMetric<KnownContainer> {
  return {
    name,
    description,
    unit: '{container}',
    kind: 'sum',
    number: 'int',
    attributes: [name],
    on: false,
    points({ status }, to) {
      if (status) for (const word of words) to(pick(status) === word ? 1 : 0, word);
    },
  };
}

const metrics: readonly TableMetric<KnownContainer>[] = [
  ...pair('cpu', 'cpu'),
  ...pair('memory', 'memory'),
  ...pair('storage', 'storage'),
  ...pair('ephemeralstorage', 'ephemeral-storage'),
  gauge('k8s.container.restarts', '{restart}', restartWords, ({ status }) => status?.restarts),
  gauge(
    'k8s.container.ready',
    '',
    'Whether a container has passed its readiness probe (0 for no, 1 for yes)',
    ({ status }) => status && Number(status.isReady),
  ),
  oneOf('k8s.container.status.state', stateWords, states, ({ state }) => state),
  oneOf('k8s.container.status.reason', reasonWords, reasons, ({ reason }) => reason),
];

export function containerEntity<Reading>(
  items: (reading: Reading) => readonly KnownContainer[],
): ClusterEntity<Reading> {
  return clusterEntity<Reading, KnownContainer>({
    metrics,
    items,
    attributes: ({ pod, node, name, status }) => [
      ['k8s.namespace.name', pod.namespace],
      ['k8s.node.name', node],
      ['k8s.pod.name', pod.name],
      ['k8s.pod.uid', pod.uid],
      ['k8s.container.name', name],
      ['container.id', status?.id],
      ['container.image.name', status?.image],
      ['container.image.tag', status?.tag],
      ['k8s.container.status.last_terminated_reason', status?.lastReason],
    ],
  });
}
