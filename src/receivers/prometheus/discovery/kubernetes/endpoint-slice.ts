import { apiList, apiText, apiTexts, apiValue, type ApiJson } from '../../../../kubernetes/json.js';
import {
  addObject,
  addressWithPort,
  metaName,
  sanitized,
  setMeta,
  type FoundTargets,
  type MetaLabels,
} from './meta-labels.js';
import type { Neighbours } from './neighbours.js';
import { flagText, metaOf, portText, refOf, type MetaObject, type ObjectRef, type MetaTexts } from './objects.js';
import { PodPorts } from './pod-ports.js';
import { addService } from './service.js';

interface SlicePort {
  readonly name: string | undefined;
  /** Undefined: all ports. */
  readonly number: string | undefined;
  readonly protocol: string | undefined;
  readonly appProtocol: string | undefined;
}

interface SliceEndpoint {
  readonly addresses: readonly string[];
  readonly ready: string | undefined;
  readonly serving: string | undefined;
  readonly terminating: string | undefined;
  readonly hostname: string | undefined;
  readonly nodeName: string | undefined;
  readonly zone: string | undefined;
  readonly topology: MetaTexts;
  readonly target: ObjectRef | undefined;
}

export interface EndpointSlice extends MetaObject {
  readonly addressType: string;
  readonly ports: readonly SlicePort[];
  readonly endpoints: readonly SliceEndpoint[];
}

export function endpointSliceOf(object: ApiJson): EndpointSlice {
  return {
    meta: metaOf(object),
    addressType: apiText(object, 'addressType') ?? '',
    ports: apiList(object, 'ports').map((port) => ({
      name: apiText(port, 'name'),
      number: portText(apiValue(port, 'port')),
      protocol: apiText(port, 'protocol'),
      appProtocol: apiText(port, 'appProtocol'),
    })),
    endpoints: apiList(object, 'endpoints').map((each) => ({
      addresses: apiList(each, 'addresses').filter((address) => typeof address === 'string'),
      ready: flagText(apiValue(each, 'conditions', 'ready')),
      serving: flagText(apiValue(each, 'conditions', 'serving')),
      terminating: flagText(apiValue(each, 'conditions', 'terminating')),
      hostname: apiText(each, 'hostname'),
      nodeName: apiText(each, 'nodeName'),
      zone: apiText(each, 'zone'),
      topology: apiTexts(each, 'deprecatedTopology'),
      target: refOf(apiValue(each, 'targetRef')),
    })),
  };
}

/** Each address with each port of the slice, and the ports of the pods that no endpoint names. */
export function targetsOfEndpointSlice(slice: EndpointSlice, neighbours: Neighbours): FoundTargets {
  const { meta } = slice;
  const labels: MetaLabels = {};
  labels[metaName('namespace')] = meta.namespace;
  setMeta(labels, { endpointslice_address_type: slice.addressType });
  addObject(labels, 'endpointslice', meta);
  const serviceName = new Map(meta.labels).get('kubernetes.io/service-name');
  const service = serviceName === undefined ? undefined : neighbours.service(meta.namespace, serviceName);
  if (service) addService(labels, service);
  neighbours.addNamespace(labels, meta.namespace);
  // The slice of the other family has the same endpoints once more.
  const family = service?.firstOfTwoFamilies ?? '';
  if (family !== '' && family !== slice.addressType) return { labels, targets: [] };
  const pods = new PodPorts(neighbours);
  const targets = slice.endpoints.flatMap((endpoint) =>
    slice.ports.flatMap((port) =>
      endpoint.addresses.map((address) => {
        const own = labelsOf(endpoint, port);
        const { target, nodeName } = endpoint;
        neighbours.addNode(own, target?.kind === 'Node' ? target.name : nodeName);
        pods.add(own, target, port.number, undefined);
        return { address: port.number === undefined ? address : addressWithPort(address, port.number), labels: own };
      }),
    ),
  );
  return { labels, targets: [...targets, ...pods.others()] };
}

function labelsOf(endpoint: SliceEndpoint, port: SlicePort): MetaLabels {
  const labels: MetaLabels = {};
  setMeta(labels, {
    endpointslice_port_name: port.name,
    endpointslice_port_protocol: port.protocol,
    endpointslice_port: port.number,
    endpointslice_port_app_protocol: port.appProtocol,
    endpointslice_endpoint_conditions_ready: endpoint.ready,
    endpointslice_endpoint_conditions_serving: endpoint.serving,
    endpointslice_endpoint_conditions_terminating: endpoint.terminating,
    endpointslice_endpoint_hostname: endpoint.hostname,
    endpointslice_address_target_kind: endpoint.target?.kind,
    endpointslice_address_target_name: endpoint.target?.name,
    endpointslice_endpoint_node_name: endpoint.nodeName,
    endpointslice_endpoint_zone: endpoint.zone,
  });
  for (const [key, value] of endpoint.topology) {
    const name = sanitized(key);
    setMeta(labels, {
      [`endpointslice_endpoint_topology_${name}`]: value,
      [`endpointslice_endpoint_topology_present_${name}`]: 'true',
    });
  }
  return labels;
}
