import type { TableMetric } from '../../../intake/scrape/metric-table.js';
import { apiList, apiText, apiValue, type ApiJson } from '../../../kubernetes/json.js';
import { endpointSlices, services } from '../../../kubernetes/resource.js';
import { clusterEntity, clusterKind, gauge, type ClusterKind, type ObjectNames } from '../cluster-kind.js';
import { ServiceEndpoints } from './service-endpoints.js';

interface Service {
  readonly names: ObjectNames;
  readonly type: string;
  /** Addresses of its load balancer. */
  readonly ingresses: number;
  readonly trafficDistribution: string | undefined;
  readonly publishesNotReady: boolean;
}

function read(object: ApiJson, names: ObjectNames): Service {
  return {
    names,
    type: apiText(object, 'spec', 'type') ?? '',
    ingresses: apiList(object, 'status', 'loadBalancer', 'ingress').length,
    trafficDistribution: apiText(object, 'spec', 'trafficDistribution'),
    publishesNotReady: apiValue(object, 'spec', 'publishNotReadyAddresses') === true,
  };
}

const endpointCount = 'k8s.service.endpoint.count';
const conditions = ['ready', 'serving', 'terminating'] as const;

function metricsOver(endpoints: ServiceEndpoints): readonly TableMetric<Service>[] {
  return [
    {
      name: endpointCount,
      unit: '{endpoint}',
      description: 'The number of endpoints for a service, broken down by condition, address type, and zone.',
      kind: 'gauge',
      number: 'int',
      attributes: ['k8s.service.endpoint.address_type', 'k8s.service.endpoint.condition', 'k8s.service.endpoint.zone'],
      on: false,
      points({ names }, to) {
        for (const counts of endpoints.of(names.namespace, names.name))
          for (const condition of conditions) to(counts[condition], counts.addressType, condition, counts.zone);
      },
    },
    {
      ...gauge<Service>(
        'k8s.service.load_balancer.ingress.count',
        '{ingress}',
        'The number of load balancer ingress points (external IPs/hostnames) assigned to the service.',
        ({ type, ingresses }) => (type === 'LoadBalancer' ? ingresses : undefined),
      ),
      on: false,
    },
  ];
}

/** The kind for one reading: its EndpointSlices are read beside it. */
function kindOver(endpoints: ServiceEndpoints): ClusterKind {
  return clusterKind(services, true, read, [
    clusterEntity<Service, Service>({
      metrics: metricsOver(endpoints),
      items: (reading) => [reading],
      attributes: ({ names, type, trafficDistribution, publishesNotReady }) => [
        ['k8s.namespace.name', names.namespace],
        ['k8s.service.name', names.name],
        ['k8s.service.uid', names.uid],
        ['k8s.service.type', type],
        ['k8s.service.traffic_distribution', trafficDistribution],
        ['k8s.service.publish_not_ready_addresses', publishesNotReady],
      ],
    }),
  ]);
}

export const serviceKind: ClusterKind = {
  ...kindOver(new ServiceEndpoints()),
  open(parts) {
    const endpoints = new ServiceEndpoints();
    const beside =
      parts.switches[endpointCount]?.enabled === true ? { resource: endpointSlices, objects: endpoints } : undefined;
    return { ...kindOver(endpoints).open(parts), beside };
  },
};
