import type { TableMetric } from '../../../intake/scrape/metric-table.js';
import { apiList, apiText, type ApiJson } from '../../../kubernetes/json.js';
import { apiQuantities, quantityMillis, quantityValue } from '../../../kubernetes/quantity.js';
import { nodes } from '../../../kubernetes/resource.js';
import { clusterEntity, clusterKind, gauge, type ClusterKind, type ObjectNames } from '../cluster-kind.js';
import { snakeCase } from './snake-case.js';

/** The facts that are kept of a node. */
interface NodeReading {
  readonly names: ObjectNames;
  /** Status (`True`, `False`, `Unknown`) by type. */
  readonly conditions: ReadonlyMap<string, string>;
  readonly allocatable: ReadonlyMap<string, string>;
  readonly kubelet: string | undefined;
  /** `containerd://1.7.2`. */
  readonly runtime: string;
  readonly osImage: string | undefined;
  readonly operatingSystem: string | undefined;
}

const statuses: Readonly<Record<string, number>> = { True: 1, False: 0, Unknown: -1 };
const units: Readonly<Record<string, string>> = {
  cpu: '{cpu}',
  memory: 'By',
  storage: 'By',
  'ephemeral-storage': 'By',
  pods: '{pod}',
};

function readNode(object: ApiJson, names: ObjectNames): NodeReading {
  const info = (field: string): string | undefined => apiText(object, 'status', 'nodeInfo', field);
  const conditions = apiList(object, 'status', 'conditions').flatMap((condition): (readonly [string, string])[] => {
    const type = apiText(condition, 'type');
    return type === undefined ? [] : [[type, apiText(condition, 'status') ?? '']];
  });
  return {
    names,
    conditions: new Map(conditions),
    allocatable: new Map(apiQuantities(object, 'status', 'allocatable')),
    kubelet: info('kubeletVersion'),
    runtime: info('containerRuntimeVersion') ?? '',
    osImage: info('osImage'),
    operatingSystem: info('operatingSystem'),
  };
}

/** The metric of a condition that `node_conditions_to_report` names. */
function conditionMetric(type: string): TableMetric<NodeReading> {
  return gauge(
    `k8s.node.condition_${snakeCase(type)}`,
    '',
    `${type} condition status of the node (true=1, false=0, unknown=-1)`,
    ({ conditions }) => statusOf(conditions.get(type) ?? 'Unknown'),
  );
}

/** The metric of a resource that `allocatable_types_to_report` names. */
function allocatableMetric(type: string): TableMetric<NodeReading> {
  const isCpu = type === 'cpu';
  return {
    ...gauge<NodeReading>(
      `k8s.node.allocatable_${snakeCase(type)}`,
      units[type] ?? `{${type}}`,
      `Amount of ${type} allocatable on the node`,
      ({ allocatable }) => {
        const text = allocatable.get(type);
        if (text === undefined) return undefined;
        if (!isCpu) return quantityValue(text);
        const millis = quantityMillis(text);
        return millis === undefined ? undefined : Number(millis) / 1000;
      },
    ),
    number: isCpu ? 'double' : 'int',
  };
}

function statusOf(word: string): number {
  return Object.hasOwn(statuses, word) ? (statuses[word] ?? 0) : 0;
}

export const nodeKind: ClusterKind = clusterKind<NodeReading>(nodes, false, readNode, [
  clusterEntity<NodeReading, NodeReading>({
    metrics: [
      {
        name: 'k8s.node.condition',
        unit: '{condition}',
        description: 'The condition of a particular Node.',
        kind: 'gauge',
        number: 'int',
        attributes: ['condition'],
        on: false,
        points({ conditions }, to) {
          for (const [type, word] of conditions) to(statusOf(word), type);
        },
      },
    ],
    more: ({ conditions, allocatable }) => [...conditions.map(conditionMetric), ...allocatable.map(allocatableMetric)],
    items: (reading) => [reading],
    attributes({ names, kubelet, runtime, osImage, operatingSystem }) {
      const [name, version] = runtime.split('://');
      return [
        ['k8s.node.name', names.name],
        ['k8s.node.uid', names.uid],
        ['k8s.kubelet.version', kubelet],
        ['container.runtime', name],
        ['container.runtime.version', version],
        ['os.description', osImage],
        ['os.type', operatingSystem],
      ];
    },
  }),
]);
