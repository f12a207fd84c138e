import { apiList, apiText, apiValue, type ApiJson } from '../../../../kubernetes/json.js';
import {
  addObject,
  addressWithPort,
  metaName,
  sanitized,
  setMeta,
  type FoundTargets,
  type MetaLabels,
} from './meta-labels.js';
import { metaOf, portText, type MetaObject, type MetaTexts } from './objects.js';

export interface SdNode extends MetaObject {
  readonly providerId: string;
  readonly conditions: MetaTexts;
  /** The first address of each type, in the order of types. */
  readonly addresses: MetaTexts;
  /** Of the kubelet. */
  readonly port: string;
}

/** An address of the first of these types that a node has is scraped. */
const preference = ['InternalIP', 'InternalDNS', 'ExternalIP', 'ExternalDNS', 'LegacyHostIP', 'Hostname'] as const;

export function nodeOf(object: ApiJson): SdNode {
  const addresses = new Map<string, string>();
  for (const each of apiList(object, 'status', 'addresses')) {
    const type = apiText(each, 'type') ?? '';
    if (!addresses.has(type)) addresses.set(type, apiText(each, 'address') ?? '');
  }
  return {
    meta: metaOf(object),
    providerId: apiText(object, 'spec', 'providerID') ?? '',
    conditions: apiList(object, 'status', 'conditions').map((each) => [
      (apiText(each, 'type') ?? '').toLowerCase(),
      (apiText(each, 'status') ?? '').toLowerCase(),
    ]),
    addresses: [...addresses],
    port: portText(apiValue(object, 'status', 'daemonEndpoints', 'kubeletEndpoint', 'Port')) ?? '0',
  };
}

/** The kubelet of a node. */
export function targetsOfNode(node: SdNode): FoundTargets {
  const labels: MetaLabels = {};
  setMeta(labels, { node_provider_id: node.providerId });
  for (const [type, status] of node.conditions) labels[metaName(`node_condition_${sanitized(type)}`)] = status;
  addObject(labels, 'node', node.meta);
  const addresses = new Map(node.addresses);
  const type = preference.find((each) => addresses.has(each));
  const host = type === undefined ? undefined : addresses.get(type);
  // A node that says nowhere how to reach it cannot be scraped.
  if (host === undefined) return { labels, targets: [] };
  const own: MetaLabels = { instance: node.meta.name };
  for (const [each, address] of addresses) own[sanitized(metaName(`node_address_${each}`))] = address;
  return { labels, targets: [{ address: addressWithPort(host, node.port), labels: own }] };
}
