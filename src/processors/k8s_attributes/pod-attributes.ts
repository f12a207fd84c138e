import { key as prepareKey, type Key } from '../../otlp/view/key.js';
import { containerAttributes, podAttributes, type Extraction } from './extract/pod-attributes.js';
import type { RelatedObjects } from './extract/related.js';
import { runsOf } from './pods/container-runs.js';
import type { PodAttribute, PodContainer, Pod, PodValue } from './pods/pod.js';

/** Pods whose attributes are kept, in each of two rounds: a large cluster has many more than send at a time. */
const mostKept = 1024;

/** An attribute whose key is ready to be compared. */
export interface KeyedValue {
  readonly key: Key;
  readonly value: PodValue;
}

/** Attributes that are ready to be set. */
interface Kept {
  /** Of the objects that the pod refers to. */
  readonly generation: number;
  readonly ofPod: readonly KeyedValue[];
  /** By container, and by the number of its start or -1 for the latest one. */
  readonly ofContainers: Map<string, readonly KeyedValue[]>;
}

/**
 * Makes the attributes of pods, and keeps those of the pods that were asked for last until something that they are made
 * of has changed: a pod that sends nothing costs what is read of it alone.
 */
export class PodAttributes {
  readonly #related: RelatedObjects;
  readonly #extraction: Extraction;
  #recent: Map<Pod, Kept> = new Map();
  #older: Map<Pod, Kept> = new Map();

  constructor(related: RelatedObjects, extraction: Extraction) {
    this.#related = related;
    this.#extraction = extraction;
  }

  ofPod(pod: Pod): readonly KeyedValue[] {
    return this.#present(pod).ofPod;
  }

  /** `container` and `run` (the number of a start) are undefined where the resource names none. */
  ofContainer(pod: Pod, container: PodContainer | undefined, run: number | undefined): readonly KeyedValue[] {
    // A sender may name any number of a start; those that there were have attributes of their own.
    const isKnown = run !== undefined && container && runsOf(pod, container).some(([number]) => number === run);
    const known = isKnown === true ? run : undefined;
    if (run !== undefined && known === undefined && container)
      return preparedAll(containerAttributes(pod, container, run, this.#related, this.#extraction));
    const { ofContainers } = this.#present(pod);
    const key = `${known ?? -1} ${container?.name ?? ''}`;
    let found = ofContainers.get(key);
    if (!found) {
      found = preparedAll(containerAttributes(pod, container, known, this.#related, this.#extraction));
      ofContainers.set(key, found);
    }
    return found;
  }

  #present(pod: Pod): Kept {
    const { generation } = this.#related;
    const kept = this.#recent.get(pod) ?? this.#older.get(pod);
    if (kept?.generation === generation && this.#recent.has(pod)) return kept;
    if (this.#recent.size >= mostKept) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    const present =
      kept?.generation === generation
        ? kept
        : {
            generation,
            ofPod: preparedAll(podAttributes(pod, this.#related, this.#extraction)),
            ofContainers: new Map<string, readonly KeyedValue[]>(),
          };
    this.#recent.set(pod, present);
    return present;
  }
}

/** Names of attributes: as many as the rules have, and with `key_regex` as many as objects have keys. */
const mostKeys = 10_000;
const keys = new Map<string, Key>();

function keyOf(name: string): Key {
  let key = keys.get(name);
  if (!key) {
    if (keys.size >= mostKeys) keys.clear();
    keys.set(name, (key = prepareKey(name)));
  }
  return key;
}

export function preparedAll(attributes: readonly PodAttribute[]): KeyedValue[] {
  return attributes.map(([name, value]) => ({ key: keyOf(name), value }));
}
