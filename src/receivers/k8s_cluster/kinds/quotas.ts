import { apiList, apiText, type ApiJson } from '../../../kubernetes/json.js';
import { apiQuantities, quantityMillis, quantityValue } from '../../../kubernetes/quantity.js';
import { clusterResourceQuotas, resourceQuotas } from '../../../kubernetes/resource.js';
import type { TableMetric } from '../../../intake/scrape/metric-table.js';
import { clusterEntity, clusterKind, type ClusterKind, type ObjectNames } from '../cluster-kind.js';

/** A number for a resource (`requests.cpu`), in a namespace or in all. */
interface Amount {
  readonly namespace: string;
  readonly resource: string;
  readonly value: number | bigint;
}

interface Quota {
  readonly names: ObjectNames;
  readonly limits: readonly Amount[];
  readonly used: readonly Amount[];
  /** Of single namespaces, for a quota of the whole cluster. */
  readonly appliedLimits: readonly Amount[];
  readonly appliedUsed: readonly Amount[];
}

/** CPUs in thousandths. */
function amounts(object: ApiJson, namespace: string, ...path: readonly string[]): Amount[] {
  return apiQuantities(object, ...path).flatMap(([resource, text]) => {
    const value = resource.endsWith('.cpu') ? quantityMillis(text) : quantityValue(text);
    return value === undefined ? [] : [{ namespace, resource, value }];
  });
}

const limitWords =
  'The upper limit for a particular resource in a specific namespace. Will only be sent if a quota is specified. CPU ' +
  'requests/limits will be sent as millicores';
const usedWords =
  'The usage for a particular resource in a specific namespace. Will only be sent if a quota is specified. CPU ' +
  'requests/limits will be sent as millicores';

function ofResource(name: string, description: string, pick: (quota: Quota) => readonly Amount[]): TableMetric<Quota> {
  return {
    name,
    description,
    unit: '{resource}',
    kind: 'gauge',
    number: 'int',
    attributes: ['resource'],
    on: true,
    points(quota, to) {
      for (const { value, resource } of pick(quota)) to(value, resource);
    },
  };
}

function ofNamespace(name: string, description: string, pick: (quota: Quota) => readonly Amount[]): TableMetric<Quota> {
  return {
    ...ofResource(name, description, pick),
    attributes: ['k8s.namespace.name', 'resource'],
    points(quota, to) {
      for (const { value, namespace, resource } of pick(quota)) to(value, namespace, resource);
    },
  };
}

export const quotaKind: ClusterKind = clusterKind<Quota>(
  resourceQuotas,
  true,
  (object, names) => ({
    names,
    limits: amounts(object, names.namespace, 'status', 'hard'),
    used: amounts(object, names.namespace, 'status', 'used'),
    appliedLimits: [],
    appliedUsed: [],
  }),
  [
    clusterEntity<Quota, Quota>({
      metrics: [
        ofResource('k8s.resource_quota.hard_limit', limitWords, ({ limits }) => limits),
        ofResource('k8s.resource_quota.used', usedWords, ({ used }) => used),
      ],
      items: (reading) => [reading],
      attributes: ({ names }) => [
        ['k8s.namespace.name', names.namespace],
        ['k8s.resourcequota.name', names.name],
        ['k8s.resourcequota.uid', names.uid],
      ],
    }),
  ],
);

/** Only with OpenShift. */
export const clusterQuotaKind: ClusterKind = clusterKind<Quota>(
  clusterResourceQuotas,
  false,
  (object, names) => {
    const applied = (field: string): Amount[] =>
      apiList(object, 'status', 'namespaces').flatMap((each) =>
        amounts(each, apiText(each, 'namespace') ?? '', 'status', field),
      );
    return {
      names,
      limits: amounts(object, '', 'status', 'total', 'hard'),
      used: amounts(object, '', 'status', 'total', 'used'),
      appliedLimits: applied('hard'),
      appliedUsed: applied('used'),
    };
  },
  [
    clusterEntity<Quota, Quota>({
      metrics: [
        ofResource(
          'openshift.clusterquota.limit',
          'The configured upper limit for a particular resource.',
          ({ limits }) => limits,
        ),
        ofResource(
          'openshift.clusterquota.used',
          'The usage for a particular resource with a configured limit.',
          ({ used }) => used,
        ),
        ofNamespace(
          'openshift.appliedclusterquota.limit',
          'The upper limit for a particular resource in a specific namespace.',
          ({ appliedLimits }) => appliedLimits,
        ),
        ofNamespace(
          'openshift.appliedclusterquota.used',
          'The usage for a particular resource in a specific namespace.',
          ({ appliedUsed }) => appliedUsed,
        ),
      ],
      items: (reading) => [reading],
      attributes: ({ names }) => [
        ['openshift.clusterquota.name', names.name],
        ['openshift.clusterquota.uid', names.uid],
      ],
    }),
  ],
);
