import type { ConfigNode, MapNode } from '../../config/node.js';
import type { Fault } from '../../config/fault.js';
import type { Source } from '../../config/place.js';
import { parseYaml, parseYamlDocuments } from '../../config/yaml/parse.js';
import { maxEmbedded, maxObjects, LintTooLarge } from '../bounds.js';
import type { Replicas } from '../model/replicas.js';
import { Setting } from '../setting.js';
import { embeddedSource } from './embedded.js';
import type { KubernetesService, Workload } from './workload.js';

/** A workload with the configuration that its manifests hold. */
export interface ConfiguredWorkload {
  readonly workload: Workload;
  /** In the order in which they are merged; none when the manifests have no configuration of it. */
  readonly configs: readonly MapNode[];
  /** The variables of its container whose values are known. */
  readonly env: Readonly<Record<string, string>>;
}

export interface Manifests {
  readonly workloads: readonly ConfiguredWorkload[];
  readonly faults: readonly Fault[];
}

/** A text that has objects of Kubernetes. */
export function isManifest(text: string): boolean {
  return /^apiVersion:/m.test(text) && /^kind:/m.test(text);
}

/** The workloads in some texts, with what belongs to them in any of these. */
export function readManifests(sources: readonly Source[]): Manifests {
  const reader = new Reader();
  for (const source of sources) reader.add(source);
  return { workloads: reader.workloads(), faults: reader.faults };
}

const workloadKinds = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'OpenTelemetryCollector']);
/** Keys of a ConfigMap that are looked at for one container. */
const maxKeys = 100;

class Reader {
  readonly faults: Fault[] = [];
  readonly #objects: Map<string, Setting[]> = new Map();
  #count = 0;
  #embeddedCount = 0;

  add(source: Source): void {
    for (const parsed of parseYamlDocuments(source)) {
      if (!parsed.ok) {
        for (const fault of parsed.faults) this.faults.push(fault);
        return;
      }
      this.#object(parsed.node);
    }
  }

  workloads(): ConfiguredWorkload[] {
    return [...workloadKinds].flatMap((kind) => this.#all(kind)).map((object) => this.#workload(object));
  }

  #object(node: ConfigNode): void {
    const object = new Setting('', { keyPlace: node.place, node }, node.place);
    if (object.at('kind').textOr('') === 'List') {
      for (const { node: item } of object.at('items').items()) if (item) this.#object(item);
      return;
    }
    const kind = object.at('kind').textOr('') ?? '';
    if (++this.#count > maxObjects) throw new LintTooLarge(maxObjects, 'objects in manifests');
    const all = this.#objects.get(kind) ?? [];
    all.push(pathless(object));
    this.#objects.set(kind, all);
  }

  #all(kind: string): readonly Setting[] {
    return this.#objects.get(kind) ?? [];
  }

  #workload(object: Setting): ConfiguredWorkload {
    const kind = textAt(object, 'kind');
    const spec = object.at('spec');
    const pod = spec.at('template', 'spec');
    const { container, configs } = kind === 'OpenTelemetryCollector' ? this.#inline(spec) : this.#mounted(object, pod);
    const scaler = this.#scalerOf(object);
    return {
      configs,
      env: variablesOf(container ?? spec),
      workload: {
        ...{ name: nameOf(object), namespace: namespaceOf(object), kind, spec, container },
        replicas: replicasOf(kind, spec, scaler),
        services: this.#servicesOf(object),
        scaledBy: scaler ?? (spec.at('autoscaler').isSet ? spec.at('autoscaler') : undefined),
      },
    };
  }

  /** An operator's object has the configuration in itself, as a map or as text. */
  #inline(spec: Setting): { readonly container: undefined; readonly configs: readonly MapNode[] } {
    const { node } = spec.at('config');
    const config = node?.kind === 'scalar' ? this.#embedded('config', node) : node;
    return { container: undefined, configs: config?.kind === 'map' ? [config] : [] };
  }

  #mounted(object: Setting, pod: Setting): { readonly container: Setting | undefined; readonly configs: MapNode[] } {
    const maps = pod
      .at('volumes')
      .items()
      .flatMap((volume) => {
        const name = volume.at('configMap', 'name').textOr('');
        return name === undefined || name === '' ? [] : this.#configMap(name, namespaceOf(object));
      });
    const containers = pod.at('containers').items();
    for (const container of containers) {
      const named = configFilesOf(container);
      const found = named.flatMap((file) => this.#keyIn(maps, file) ?? []);
      if (found.length > 0) return { container, configs: found };
    }
    const [only] = containers;
    const all = maps.flatMap((map) =>
      map
        .entries()
        .slice(0, maxKeys)
        .map(([key]) => key),
    );
    const found = all.flatMap((key) => this.#keyIn(maps, key) ?? []).filter(isConfiguration);
    return { container: only, configs: found.slice(0, 1) };
  }

  #configMap(name: string, namespace: string): Setting[] {
    return this.#all('ConfigMap')
      .filter((map) => nameOf(map) === name && namespaceOf(map) === namespace)
      .map((map) => map.at('data'));
  }

  #keyIn(maps: readonly Setting[], key: string): MapNode | undefined {
    for (const map of maps) {
      const { node } = map.at(key);
      const config = node?.kind === 'scalar' ? this.#embedded(key, node) : undefined;
      if (config?.kind === 'map') return config;
    }
    return undefined;
  }

  #embedded(key: string, node: ConfigNode): ConfigNode | undefined {
    if (node.kind !== 'scalar' || typeof node.value !== 'string') return undefined;
    if (++this.#embeddedCount > maxEmbedded) throw new LintTooLarge(maxEmbedded, 'configurations in manifests');
    const parsed = parseYaml(embeddedSource(key, node));
    if (parsed.ok) return parsed.node;
    for (const fault of parsed.faults) this.faults.push(fault);
    return undefined;
  }

  #scalerOf(object: Setting): Setting | undefined {
    return this.#all('HorizontalPodAutoscaler')
      .filter((scaler) => namespaceOf(scaler) === namespaceOf(object))
      .map((scaler) => scaler.at('spec'))
      .find((spec) => {
        const target = spec.at('scaleTargetRef');
        return (
          target.at('kind').textOr('') === textAt(object, 'kind') && target.at('name').textOr('') === nameOf(object)
        );
      });
  }

  #servicesOf(object: Setting): KubernetesService[] {
    const labels = object.at('spec', 'template', 'metadata', 'labels');
    const selected = this.#all('Service').filter((service) => {
      const selector = service.at('spec', 'selector').entries();
      const fits = selector.every(([key, value]) => labels.at(key).textOr(undefined) === value.textOr(''));
      return selector.length > 0 && fits && namespaceOf(service) === namespaceOf(object);
    });
    return selected.map((service) => {
      const spec = service.at('spec');
      const ports = spec
        .at('ports')
        .items()
        .map((at) => {
          const target = at.at('targetPort');
          return {
            port: at.at('port').numberOr(undefined),
            target: target.numberOr(undefined) ?? target.textOr(undefined),
            at,
          };
        });
      const { place, path } = spec.at('clusterIP');
      const isHeadless = spec.at('clusterIP').textOr('') === 'None';
      return { name: nameOf(service), namespace: namespaceOf(service), isHeadless, ports, place, path };
    });
  }
}

function replicasOf(kind: string, spec: Setting, scaler: Setting | undefined): Replicas {
  const mode = spec.at('mode').textOr('deployment');
  if (kind === 'DaemonSet' || mode === 'daemonset' || mode === 'sidecar') return { kind: 'node' };
  const scaling = scaler ?? spec.at('autoscaler');
  if (scaling.isSet) {
    const max = scaling.at('maxReplicas');
    const [min, most] = [scaling.at('minReplicas').numberOr(1), max.numberOr(undefined)];
    if (min === undefined || most === undefined) return { kind: 'unknown' };
    return { kind: 'counted', min: Math.min(min, most), max: most, at: max };
  }
  const at = spec.at('replicas');
  const count = at.numberOr(1);
  return count === undefined ? { kind: 'unknown' } : { kind: 'counted', min: count, max: count, at };
}

/** The last part of each path that a container's arguments name as its configuration. */
function configFilesOf(container: Setting): string[] {
  const words = [...container.at('command').items(), ...container.at('args').items()].map(
    (word) => word.textOr('') ?? '',
  );
  return words.flatMap((word, i) => {
    const [, path = word === '--config' ? words[i + 1] : undefined] = /^--config=(.*)$/.exec(word) ?? [];
    return path === undefined ? [] : [path.replace(/^file:/, '').replace(/^.*\//, '')];
  });
}

function isConfiguration(map: MapNode): boolean {
  return map.entries.has('service') || map.entries.has('receivers');
}

function variablesOf(container: Setting): Readonly<Record<string, string>> {
  const variables = container
    .at('env')
    .items()
    .flatMap((variable): [string, string][] => {
      const [name, value] = [variable.at('name').textOr(''), variable.at('value').textOr(undefined)];
      return name === undefined || value === undefined ? [] : [[name, value]];
    });
  return Object.fromEntries(variables);
}

/** The same object, from which paths are counted. */
function pathless(object: Setting): Setting {
  const { node } = object;
  const kind = object.at('kind').textOr('');
  return new Setting(`${kind}/${nameOf(object)}`, node && { keyPlace: node.place, node }, object.place);
}

function textAt(object: Setting, key: string): string {
  return object.at(key).textOr('') ?? '';
}

function nameOf(object: Setting): string {
  return object.at('metadata', 'name').textOr('') ?? '';
}

function namespaceOf(object: Setting): string {
  return object.at('metadata', 'namespace').textOr('default') ?? 'default';
}
