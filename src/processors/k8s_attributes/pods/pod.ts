/** One value of an attribute: text, or a list of texts. */
export type PodValue = string | readonly string[];
export type PodAttribute = readonly [name: string, value: PodValue];

/** The object that made a pod or a ReplicaSet. */
export interface PodOwner {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** A container of a pod, as far as attributes are made of it. */
export interface PodContainer {
  readonly name: string;
  /** `docker.io/web:1`; '' when it is not known. */
  readonly image: string;
  /** The number of a start, and the ID of that container without the runtime's prefix; the latest one last. */
  readonly runs: readonly (readonly [number: number, id: string])[];
  /** Digests that the image was pulled by, with their repository. */
  readonly digests: readonly string[];
}

/** What is kept of a pod. */
export interface Pod {
  readonly uid: string;
  /** Changes with each change of the object. */
  readonly version: string;
  readonly name: string;
  readonly namespace: string;
  readonly node: string;
  readonly hostname: string;
  /** None while it has none, and none that count with `hostNetwork`: the node's other pods have the same. */
  readonly addresses: readonly string[];
  readonly hostNetwork: boolean;
  /** Milliseconds since the epoch; undefined until it has started. */
  readonly startedMs: number | undefined;
  readonly owners: readonly PodOwner[];
  readonly containers: readonly PodContainer[];
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
