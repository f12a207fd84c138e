import { isIP } from 'node:net';
import type { AssociationConfig, Config, SourceConfig } from './config.js';
import { allRuns } from './pods/container-runs.js';
import type { Pod } from './pods/pod.js';

/** The associations where none is configured. */
const standard: readonly AssociationConfig[] = [
  { sources: [{ from: 'resource_attribute', name: 'k8s.pod.ip' }] },
  { sources: [{ from: 'resource_attribute', name: 'ip' }] },
  { sources: [{ from: 'connection', name: '' }] },
  { sources: [{ from: 'resource_attribute', name: 'host.name' }] },
];

/** Separates the values of several sources: no value of a pod has it. */
const separator = '\0';

/** The values of a request and a resource that associations use. */
export interface AssociationValues {
  /** The sender's address; undefined when it is not known. */
  readonly connection: string | undefined;
  /** Text of an attribute of the resource; undefined for none. */
  attribute(name: string): string | undefined;
}

/** One way to find the pod of a resource. */
export class Association {
  readonly sources: readonly SourceConfig[];

  constructor({ sources }: AssociationConfig) {
    this.sources = sources;
  }

  /** The same for associations that find pods by the same: several of them stand for an address. */
  get signature(): string {
    return this.sources.map((source) => (isAddress(source) ? 'address' : source.name)).join(separator);
  }

  /** The values that a resource has for it, joined; undefined when one of them is missing. */
  valuesOf(values: AssociationValues): string | undefined {
    let joined = '';
    for (const [i, { from, name }] of this.sources.entries()) {
      const value = from === 'connection' ? values.connection : values.attribute(name);
      if (value === undefined || value === '') return undefined;
      // A host's name is no address of a pod, however a pod may be named.
      if (name === 'host.name' && from === 'resource_attribute' && isIP(value) === 0) return undefined;
      joined = i === 0 ? value : joined + separator + value;
    }
    return joined;
  }

  /** The values by which a pod is found, one for each of its addresses where they count. */
  keysOf(pod: Pod): readonly string[] {
    let keys: readonly string[] = [''];
    for (const [i, source] of this.sources.entries()) {
      const own = valuesOfPod(pod, source);
      keys = keys.flatMap((key) => own.map((value) => (i === 0 ? value : key + separator + value)));
    }
    return keys;
  }
}

/** The associations of a configuration, in their order. */
export function associationsOf({ pod_association: configured }: Config): readonly Association[] {
  return (configured.length === 0 ? standard : configured).map((each) => new Association(each));
}

function isAddress({ from, name }: SourceConfig): boolean {
  return from === 'connection' || name === 'k8s.pod.ip' || name === 'ip' || name === 'host.name';
}

function valuesOfPod(pod: Pod, source: SourceConfig): readonly string[] {
  // The pods of a host's network share its address.
  if (isAddress(source)) return pod.hostNetwork || pod.address === '' ? [] : [pod.address, ...pod.moreAddresses];
  switch (source.name) {
    case 'k8s.pod.uid':
      return [pod.uid];
    case 'k8s.pod.name':
      return [pod.name];
    case 'k8s.namespace.name':
      return [pod.namespace];
    case 'k8s.pod.hostname':
      return pod.hostname === '' ? [] : [pod.hostname];
    case 'k8s.node.name':
      return pod.node === '' ? [] : [pod.node];
    case 'container.id':
      return allRuns(pod).flatMap((runs) => runs.map(([, id]) => id));
    default:
      return pod.tags.flatMap(([tag, value]) => (tag === source.name && typeof value === 'string' ? [value] : []));
  }
}
