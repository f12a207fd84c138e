/** One value of an attribute: text, or a list of texts. */
export type PodValue = string | readonly string[];
export type PodAttribute = readonly [name: string, value: PodValue];

/** The object that made a pod or a ReplicaSet. */
export interface PodOwner {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  /** The name of what made it, where a pod shows that: of a Deployment or a CronJob. */
  readonly above?: string;
}

/** A container of a pod, as far as attributes are made of it, and as far as it is alike in pods of one workload. */
export interface PodContainer {
  readonly name: string;
  /** `docker.io/web:1`; '' when it is not known. */
  readonly image: string;
  /** Digests that the image was pulled by, with their repository. */
  readonly digests: readonly string[];
}

/** The number of a start of a container, and the ID of that container without the runtime's prefix. */
export type ContainerRun = readonly [number: number, id: string];

/** The kept parts of a pod. Lists are shared with pods that have the same. */
export interface Pod {
  readonly uid: string;
  /** Changes with each change of the object. */
  readonly version: string;
  readonly name: string;
  readonly namespace: string;
  readonly node: string;
  readonly hostname: string;
  /** '' while it has none. With `hostNetwork` it finds no pod: the node's other pods have the same. */
  readonly address: string;
  /** Those of the second stack. Few pods have any, and a list of its own for each takes more than the address. */
  readonly moreAddresses: readonly string[];
  readonly hostNetwork: boolean;
  /** Seconds since the epoch, which V8 keeps in the object until 2038. */
  readonly createdSeconds: number | undefined;
  /** The same; undefined until a node has it. Of two pods with one address, the later one has it now. */
  readonly startedSeconds: number | undefined;
  readonly owners: readonly PodOwner[];
  readonly containers: readonly PodContainer[];
  /** The starts of its containers as `packRuns` writes them; '' for none. */
  readonly runs: string;
  /** Attributes of its labels and annotations. */
  readonly tags: readonly PodAttribute[];
  /** Of labels and annotations, what the service is found by; undefined for none. */
  readonly service: ServiceHints | undefined;
}

/** By annotations and labels, in the order of OpenTelemetry's rules. */
export interface ServiceHints {
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly instanceId: string | undefined;
}
