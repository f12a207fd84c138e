import { pattern } from '../../../pattern/pattern.js';
import { EntryMap } from '../../entry-map.js';
import { copyOfValue, type EntryValue } from '../../entry-value.js';

/** `.../NAMESPACE_POD_UID/CONTAINER/RESTARTS.log`, as the kubelet names the folders of pods. */
const podFolder = String.raw`[/\\]([^_]+)_([^_]+)_([a-f0-9\-]+)`;
const podFile = pattern(String.raw`^.*${podFolder}[/\\]([^._]+)[/\\](\d+)\.log$`);

const names: readonly string[] = [
  'k8s.namespace.name',
  'k8s.pod.name',
  'k8s.pod.uid',
  'k8s.container.name',
  'k8s.container.restart_count',
];

type Resource = ReadonlyMap<string, EntryValue>;

/** Paths that are remembered: more are worked out anew. */
const mostPaths = 4096;

/** Resources with the names in paths: one object for all lines of a file, so that they are cheap to group. */
export class PodResources {
  readonly #known = new Map<string, { readonly base: Resource; readonly resource: Resource }>();

  /** `base` with the names that the path has; undefined for a path of no pod. */
  resourceFor(path: string, base: Resource): Resource | undefined {
    const known = this.#known.get(path);
    // An empty resource is a new object for each entry that changed it before.
    if (known !== undefined && (known.base === base || (known.base.size === 0 && base.size === 0)))
      return known.resource;
    const groups = podFile.find(path)?.groups;
    if (groups === undefined) return undefined;
    const resource = new EntryMap();
    for (const [name, value] of base) resource.set(name, copyOfValue(value));
    for (const [i, name] of names.entries()) resource.set(name, groups[i + 1] ?? '');
    if (this.#known.size >= mostPaths) this.#known.clear();
    this.#known.set(path, { base, resource });
    return resource;
  }
}
