import { apiList, apiText, apiValue, type ApiJson } from '../../../../kubernetes/json.js';
import { addObject, addressWithPort, metaName, setMeta, type FoundTargets, type MetaLabels } from './meta-labels.js';
import type { Neighbours } from './neighbours.js';
import { metaOf, portText, refOf, type ContainerPort, type MetaObject, type ObjectRef } from './objects.js';
import { PodPorts } from './pod-ports.js';
import { addService } from './service.js';

interface Address {
  readonly ip: string;
  readonly hostname: string | undefined;
  readonly nodeName: string | undefined;
  readonly target: ObjectRef | undefined;
  readonly ready: boolean;
}

export interface Endpoints extends MetaObject {
  readonly subsets: readonly { readonly addresses: readonly Address[]; readonly ports: readonly ContainerPort[] }[];
}

export function endpointsOf(object: ApiJson): Endpoints {
  return {
    meta: metaOf(object),
    subsets: apiList(object, 'subsets').map((subset) => ({
      addresses: [...addressesOf(subset, 'addresses', true), ...addressesOf(subset, 'notReadyAddresses', false)],
      ports: apiList(subset, 'ports').map((port) => ({
        name: apiText(port, 'name') ?? '',
        number: portText(apiValue(port, 'port')) ?? '0',
        protocol: apiText(port, 'protocol') ?? '',
      })),
    })),
  };
}

function addressesOf(subset: ApiJson, list: string, ready: boolean): readonly Address[] {
  return apiList(subset, list).map((each) => ({
    ip: apiText(each, 'ip') ?? '',
    hostname: apiText(each, 'hostname'),
    nodeName: apiText(each, 'nodeName'),
    target: refOf(apiValue(each, 'targetRef')),
    ready,
  }));
}

/** Each address with each port of its subset, and the ports of the pods that no endpoint names. */
export function targetsOfEndpoints({ meta, subsets }: Endpoints, neighbours: Neighbours): FoundTargets {
  const labels: MetaLabels = {};
  labels[metaName('namespace')] = meta.namespace;
  const service = neighbours.service(meta.namespace, meta.name);
  if (service) addService(labels, service);
  addObject(labels, 'endpoints', meta);
  neighbours.addNamespace(labels, meta.namespace);
  const pods = new PodPorts(neighbours);
  const targets = subsets.flatMap(({ addresses, ports }) =>
    ports.flatMap((port) =>
      addresses.map(({ ip, hostname, nodeName, target, ready }) => {
        const own: MetaLabels = {};
        setMeta(own, {
          endpoint_port_name: port.name,
          endpoint_port_protocol: port.protocol,
          endpoint_ready: String(ready),
          endpoint_address_target_kind: target?.kind,
          endpoint_address_target_name: target?.name,
          endpoint_node_name: nodeName,
          endpoint_hostname: hostname,
        });
        neighbours.addNode(own, nodeName ?? (target?.kind === 'Node' ? target.name : undefined));
        pods.add(own, target, port.number, port.protocol);
        return { address: addressWithPort(ip, port.number), labels: own };
      }),
    ),
  );
  return { labels, targets: [...targets, ...pods.others()] };
}
