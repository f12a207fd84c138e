import { addObject, addressWithPort, metaName, setMeta, type FoundTargets, type MetaLabels } from './meta-labels.js';
import type { Neighbours } from './neighbours.js';
import type { SdService } from './objects.js';

/** The labels that a service gives to its own targets and to those of its endpoints. */
export function addService(labels: MetaLabels, { meta }: SdService): void {
  labels[metaName('namespace')] = meta.namespace;
  addObject(labels, 'service', meta);
}

/** Each port of a service. */
export function targetsOfService(service: SdService, neighbours: Neighbours): FoundTargets {
  const labels: MetaLabels = {};
  addService(labels, service);
  const { name, namespace } = service.meta;
  neighbours.addNamespace(labels, namespace);
  const targets = service.ports.map((port) => {
    const own: MetaLabels = {};
    const external = service.type === 'ExternalName';
    setMeta(own, {
      service_port_name: port.name,
      service_port_number: port.number,
      service_port_protocol: port.protocol,
      service_type: service.type,
      service_external_name: external ? service.externalName : undefined,
      service_cluster_ip: external ? undefined : service.clusterIp,
      service_loadbalancer_ip: service.type === 'LoadBalancer' ? service.loadBalancerIps : undefined,
    });
    return { address: addressWithPort(`${name}.${namespace}.svc`, port.number), labels: own };
  });
  return { labels, targets };
}
