import { ByteCache, hashOfKey, type ByteEntry } from '../../otlp/keys/byte-table.js';
import { KeyBytes } from '../../otlp/keys/key-bytes.js';
import { MessageWriter } from '../../otlp/build/message-writer.js';
import type { Label } from '../../prometheus/labels.js';
import type { MetricNames } from '../../prometheus/metric-names.js';
import { bytesTag } from '../../prometheus/protobuf-fields.js';

/** The series that one point becomes differ in what stands behind the name of the metric. */
export const suffixes = ['', '_sum', '_count', '_bucket'] as const;
export type Suffix = 0 | 1 | 2 | 3;

/** Bytes of memory of a set beside its key and its texts. */
const objects = 1024;

/** What is known of the metric of a set: the same for all points of it. */
export type SetMetric = Pick<MetricNames, 'kind' | 'metadataType' | 'help' | 'unit' | 'sent'> & {
  readonly isTarget?: boolean;
};

/**
 * The labels of the series that the points of one stream become, ready to be written: as protobuf, in the order of
 * names, with places for the name of the series and for a label of its own such as `le`.
 */
export class LabelSet implements ByteEntry {
  readonly hash: number;
  readonly key: Uint8Array;
  chained: ByteEntry | undefined;
  readonly metric: SetMetric;
  readonly name: string;
  /** Sorted by name, without that of the series. */
  readonly labels: readonly Label[];
  /** Label messages one after the other. */
  readonly encoded: Buffer;
  /** Where the name of the series and where its own label belong. */
  readonly nameAt: number;
  readonly ownAt: number;
  /** How many of `labels` stand before them. */
  readonly nameIndex: number;
  readonly ownIndex: number;
  readonly names: readonly string[];
  readonly #nameLabels: (Buffer | undefined)[] = [];
  /** The plan that it was last used by, and its place there. */
  plan = 0;
  slot = 0;

  constructor(hash: number, key: Uint8Array, metric: SetMetric, name: string, labels: readonly Label[]) {
    this.hash = hash;
    this.key = key;
    this.metric = metric;
    this.name = name;
    this.labels = labels;
    const own = metric.kind === 'summary' ? 'quantile' : 'le';
    this.nameIndex = placeOf(labels, '__name__');
    this.ownIndex = placeOf(labels, own);
    const pieces = labels.map(encodeLabel);
    this.encoded = Buffer.concat(pieces);
    const sizeOf = (count: number): number => pieces.slice(0, count).reduce((sum, { length }) => sum + length, 0);
    this.nameAt = sizeOf(this.nameIndex);
    this.ownAt = sizeOf(this.ownIndex);
    this.names = suffixes.map((suffix) => name + suffix);
  }

  /** The label `__name__` of a series. */
  nameLabel(suffix: Suffix): Buffer {
    return (this.#nameLabels[suffix] ??= encodeLabel(['__name__', this.names[suffix] ?? '']));
  }
}

/** How many labels stand before one with this name. */
function placeOf(labels: readonly Label[], name: string): number {
  const bytes = Buffer.from(name);
  const at = labels.findIndex(([other]) => Buffer.compare(Buffer.from(other), bytes) > 0);
  return at < 0 ? labels.length : at;
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

/** All sets that are remembered, by what they consist of. Bounded: one that was forgotten is made again. */
export class LabelSets {
  readonly #cache: ByteCache<LabelSet>;
  readonly #key: KeyBytes = new KeyBytes();

  /** @param limit - bytes that all sets may take together */
  constructor(limit: number) {
    this.#cache = new ByteCache(limit, ({ key }) => key.length * 8 + objects);
  }

  get bytes(): number {
    return this.#cache.bytes;
  }

  /** The set of the points of a metric with this name and these labels. */
  of(metric: SetMetric, name: string, labels: readonly Label[]): LabelSet {
    const key = this.#key
      .reset()
      .text(metric.isTarget ? 'target' : metric.kind)
      .text(name);
    for (const [label, value] of labels) key.text(label).text(value);
    const hash = hashOfKey(key.bytes, 0, key.length);
    const known = this.#cache.find(key.bytes, 0, key.length, hash);
    if (known) return known;
    const set = new LabelSet(hash, key.copy(), metric, name, labels);
    this.#cache.add(set);
    return set;
  }
}
