import { apiValue, apiList, apiText, apiTexts, type ApiJson } from '../../../kubernetes/json.js';
import type { TagRules } from '../extract/tag-rules.js';
import type { Alike } from './alike.js';
import { packRuns } from './container-runs.js';
import { nameAbove } from './name-above.js';
import type { ContainerRun, PodAttribute, PodContainer, PodOwner, Pod, ServiceHints } from './pod.js';

/** A pod with this annotation is not looked at. */
const ignored = 'opentelemetry.io/k8s-processor.ignore';
const annotatedPrefix = 'resource.opentelemetry.io/';
const none: readonly string[] = [];

/** Reads what is kept of a pod; undefined for one that is to be ignored, or has no name. */
export function readPod(uid: string, object: ApiJson, rules: TagRules, alike: Alike): Pod | undefined {
  const name = apiText(object, 'metadata', 'name');
  const isIgnored = apiText(object, 'metadata', 'annotations', ignored)?.trim().toLowerCase() === 'true';
  if (name === undefined || isIgnored) return undefined;
  const labels = apiTexts(object, 'metadata', 'labels');
  const annotations = apiTexts(object, 'metadata', 'annotations');
  const [address = '', ...more] = addressesOf(object);
  const containers = rules.needsContainers ? containersOf(object) : [];
  const service = rules.needsService ? serviceOf(labels, annotations) : undefined;
  return {
    uid,
    version: apiText(object, 'metadata', 'resourceVersion') ?? '',
    name,
    namespace: alike.of(apiText(object, 'metadata', 'namespace') ?? ''),
    node: alike.of(apiText(object, 'spec', 'nodeName') ?? ''),
    hostname: apiText(object, 'spec', 'hostname') ?? '',
    address,
    moreAddresses: more.length === 0 ? none : more,
    hostNetwork: apiValue(object, 'spec', 'hostNetwork') === true,
    createdSeconds: secondsOf(apiText(object, 'metadata', 'creationTimestamp')),
    startedSeconds: secondsOf(apiText(object, 'status', 'startTime')),
    owners: alike.of(ownersOf(object).map((owner) => withNameAbove(owner, object))),
    containers: alike.of(containers.map(({ container }) => container)),
    runs: packRuns(containers.map(({ runs }) => runs)),
    tags: alike.of(tagsOf(labels, annotations, rules)),
    service: service && alike.of(service),
  };
}

function secondsOf(time: string | undefined): number | undefined {
  const ms = Date.parse(time ?? '');
  return Number.isNaN(ms) ? undefined : Math.round(ms / 1000);
}

function withNameAbove(owner: PodOwner, pod: ApiJson): PodOwner {
  const above = nameAbove(owner, pod);
  return above === undefined ? owner : { ...owner, above };
}

type Entries = readonly (readonly [key: string, value: string])[];

function tagsOf(labels: Entries, annotations: Entries, rules: TagRules): readonly PodAttribute[] {
  const tags = rules.tagsOf('pod', labels, annotations);
  const annotated = rules.takesAnnotated ? annotatedOf(annotations) : [];
  return [...tags, ...annotated];
}

/** The attributes that annotations of OpenTelemetry name. */
function annotatedOf(annotations: Entries): PodAttribute[] {
  return annotations.flatMap(([key, value]): PodAttribute[] =>
    key.startsWith(annotatedPrefix) && key.length > annotatedPrefix.length
      ? [[key.slice(annotatedPrefix.length), value]]
      : [],
  );
}

function serviceOf(labels: Entries, annotations: Entries): ServiceHints | undefined {
  const annotated = new Map(annotations.filter(([key]) => key.startsWith(`${annotatedPrefix}service.`)));
  const label = (name: string): string | undefined => labels.find(([key]) => key === `app.kubernetes.io/${name}`)?.[1];
  const annotation = (name: string): string | undefined => annotated.get(`${annotatedPrefix}service.${name}`);
  const hints: ServiceHints = {
    namespace: annotation('namespace'),
    name: annotation('name') ?? label('instance') ?? label('name'),
    version: annotation('version') ?? label('version'),
    instanceId: annotation('instance.id'),
  };
  return Object.values(hints).every((hint) => hint === undefined) ? undefined : hints;
}

/** The first one is `podIP`; with two stacks there is another. */
function addressesOf(object: ApiJson): readonly string[] {
  const all = new Set<string>();
  const first = apiText(object, 'status', 'podIP');
  if (first !== undefined && first !== '') all.add(first);
  for (const entry of apiList(object, 'status', 'podIPs')) {
    const address = apiText(entry, 'ip');
    if (address !== undefined && address !== '') all.add(address);
  }
  return [...all];
}

/** The owners of an object, as far as they are named in full. */
export function ownersOf(object: ApiJson): readonly PodOwner[] {
  return apiList(object, 'metadata', 'ownerReferences').flatMap((entry) => {
    const [kind, name, uid] = [apiText(entry, 'kind'), apiText(entry, 'name'), apiText(entry, 'uid')];
    return kind === undefined || name === undefined || uid === undefined ? [] : [{ kind, name, uid }];
  });
}

interface ReadContainer {
  readonly container: PodContainer;
  readonly runs: readonly ContainerRun[];
}

function containersOf(object: ApiJson): readonly ReadContainer[] {
  const statuses = new Map<string, ApiJson>();
  for (const list of ['containerStatuses', 'initContainerStatuses'] as const)
    for (const status of apiList(object, 'status', list)) statuses.set(apiText(status, 'name') ?? '', status);
  return (['containers', 'initContainers'] as const).flatMap((list) =>
    apiList(object, 'spec', list).flatMap((spec): readonly ReadContainer[] => {
      const name = apiText(spec, 'name');
      if (name === undefined) return [];
      const status = statuses.get(name);
      const digest = apiText(status, 'imageID') ?? '';
      const digests = digest.includes('@') ? [digest.replace(/^[a-z-]+:\/\//, '')] : [];
      return [{ container: { name, image: apiText(spec, 'image') ?? '', digests }, runs: runsOf(status) }];
    }),
  );
}

/** The run of now, and the one before it, whose telemetry may still be on its way. */
function runsOf(status: ApiJson): readonly ContainerRun[] {
  const runs: ContainerRun[] = [];
  const restarts = apiValue(status, 'restartCount');
  const current = typeof restarts === 'number' && Number.isInteger(restarts) ? restarts : 0;
  const put = (run: number, id: string | undefined): void => {
    // `containerd://` and the like stand before it.
    const bare = id?.replace(/^[^:]*:\/\//, '') ?? '';
    if (bare !== '') runs.push([run, bare]);
  };
  put(current - 1, apiText(status, 'lastState', 'terminated', 'containerID'));
  put(current, apiText(status, 'containerID'));
  return runs;
}
