import { ByteCache, type ByteEntry } from '../../otlp/keys/byte-table.js';
import { KeyBytes } from '../../otlp/keys/key-bytes.js';
import { MessageWriter } from '../../otlp/build/message-writer.js';
import type { Label } from '../../prometheus/labels.js';
import type { MetricNames } from '../../prometheus/metric-names.js';
import { bytesTag } from '../../prometheus/protobuf-fields.js';
import { decodeLabels } from './decode-labels.js';

/** The series that one point becomes differ in what stands behind the name of the metric. */
export const suffixes = ['', '_sum', '_count', '_bucket'] as const;
export type Suffix = 0 | 1 | 2 | 3;

/** Bytes of memory of a set beside its key. */
const objects = 640;

/** The properties of a set's metric: the same for all points of it. */
export type SetMetric = Pick<MetricNames, 'kind' | 'metadataType' | 'help' | 'unit' | 'sent'> & {
  readonly isTarget?: boolean;
};

/**
 * The labels of the series that the points of one stream become, ready to be written: as protobuf, in the order of
 * names, with places for the name of the series and for a label of its own such as `le`.
 */
export class LabelSet implements ByteEntry {
  readonly hash: number;
  /** The kind and the name of the metric, and the labels. */
  readonly key: Uint8Array;
  chained: ByteEntry | undefined;
  readonly metric: SetMetric;
  readonly name: string;
  /** Label messages one after the other. */
  readonly encoded: Uint8Array;
  /** Where the name of the series and where its own label belong. */
  readonly nameAt: number;
  readonly ownAt: number;
  readonly #nameLabels: (Buffer | undefined)[] = [];
  readonly #names: (string | undefined)[] = [];
  #labels: readonly Label[] | undefined;
  /** The plan that it was last used by, and its place there. */
  plan = 0;
  slot = 0;

  constructor(
    hash: number,
    key: Uint8Array,
    metric: SetMetric,
    name: string,
    places: { readonly labelsFrom: number; readonly nameAt: number; readonly ownAt: number },
  ) {
    this.hash = hash;
    this.key = key;
    this.metric = metric;
    this.name = name;
    this.encoded = key.subarray(places.labelsFrom);
    this.nameAt = places.nameAt;
    this.ownAt = places.ownAt;
  }

  /** The name of a series. */
  nameOf(suffix: Suffix): string {
    return (this.#names[suffix] ??= this.name + suffixes[suffix]);
  }

  /** The label `__name__` of a series. */
  nameLabel(suffix: Suffix): Buffer {
    return (this.#nameLabels[suffix] ??= encodeLabel(['__name__', this.nameOf(suffix)]));
  }

  /** The labels as texts, sorted by name, without that of the series. */
  get labels(): readonly Label[] {
    return (this.#labels ??= decodeLabels(this.encoded));
  }
}

/** A label as an element of a TimeSeries. */
export function encodeLabel([name, value]: Label): Buffer {
  const writer = new MessageWriter(64 + name.length * 3 + value.length * 3);
  writer.tag(bytesTag(1));
  writer.open();
  writer.text(bytesTag(1), name);
  writer.text(bytesTag(2), value);
  writer.close();
  return writer.finish((size) => Buffer.allocUnsafeSlow(size));
}

/** Bytes of memory that a set takes. */
export function setBytes({ key }: LabelSet): number {
  return key.length + objects;
}

/** Bytes that the name and the labels of one series of a set take at most. */
export function labelBytes({ encoded, name }: LabelSet): number {
  return encoded.length + name.length * 3;
}

/** All sets that are remembered, by what they consist of. Bounded: one that was forgotten is made again. */
export class LabelSets {
  readonly #cache: ByteCache<LabelSet>;
  readonly #key: KeyBytes = new KeyBytes();

  /** @param limit - bytes that all sets may take together */
  constructor(limit: number) {
    this.#cache = new ByteCache(limit, setBytes);
  }

  /** The set of the points of a metric with this name and these labels, sorted. */
  of(metric: SetMetric, name: string, labels: readonly Label[]): LabelSet {
    const key = this.#key
      .reset()
      .text(metric.isTarget ? 'target' : metric.kind)
      .text(name);
    const labelsFrom = key.length;
    const own = metric.kind === 'summary' ? 'quantile' : 'le';
    let nameAt = 0;
    let ownAt = 0;
    for (const label of labels) {
      key.bytesOf(encodeLabel(label));
      if (isBefore(label, '__name__')) nameAt = key.length - labelsFrom;
      if (isBefore(label, own)) ownAt = key.length - labelsFrom;
    }
    const { hash } = key;
    const known = this.#cache.find(key.bytes, 0, key.length, hash);
    if (known) return known;
    const set = new LabelSet(hash, key.copy(), metric, name, { labelsFrom, nameAt, ownAt });
    this.#cache.add(set);
    return set;
  }
}

function isBefore([name]: Label, other: string): boolean {
  return Buffer.compare(Buffer.from(name), Buffer.from(other)) < 0;
}
