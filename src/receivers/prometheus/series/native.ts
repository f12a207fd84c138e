import { histogramTags, spanTags } from '../../../prometheus/client-model.js';
import { leastScale, mostScale } from '../../../prometheus/native.js';
import { ForeignReader, packedDoubles, packedZigzags } from '../../../otlp/view/foreign.js';

/** Buckets of one side that are made of spans, gaps included; a sender could ask for billions. */
const mostBuckets = 16_384;
/** Bytes of the largest message that is read. */
const mostBytes = 256 << 10;

/** The buckets of one side. */
export interface Side {
  /** Of the first bucket, as OTLP counts. */
  offset: number;
  readonly counts: number[];
}

/**
 * A native histogram, read from its message (`io.prometheus.client.Histogram`). One object serves for all points of a
 * scrape.
 */
export class NativeReader {
  count = 0;
  sum = 0;
  schema = 0;
  zeroCount = 0;
  zeroThreshold = 0;
  readonly positive: Side = { offset: 0, counts: [] };
  readonly negative: Side = { offset: 0, counts: [] };
  readonly #reader: ForeignReader;
  readonly #span: ForeignReader;
  readonly #spans: { readonly positive: number[]; readonly negative: number[] } = { positive: [], negative: [] };
  readonly #deltas: { readonly positive: number[]; readonly negative: number[] } = { positive: [], negative: [] };
  readonly #counts: { readonly positive: number[]; readonly negative: number[] } = { positive: [], negative: [] };

  constructor(body: Buffer) {
    this.#reader = new ForeignReader(body);
    this.#span = new ForeignReader(body);
  }

  /** Reads the message in `[from, to)`; false when OTLP cannot hold it. */
  read(from: number, to: number): boolean {
    if (to - from > mostBytes) return false;
    this.count = this.sum = this.schema = this.zeroCount = this.zeroThreshold = 0;
    for (const lists of [this.#spans, this.#deltas, this.#counts]) lists.positive.length = lists.negative.length = 0;
    const reader = this.#reader.enter(from, to);
    while (reader.next()) if (!this.#field(reader)) return false;
    return (
      !reader.broken &&
      this.schema >= leastScale &&
      this.schema <= mostScale &&
      isCount(this.count) &&
      isCount(this.zeroCount) &&
      this.#side('positive') &&
      this.#side('negative')
    );
  }

  #field(reader: ForeignReader): boolean {
    const { bytes, from, to } = reader;
    switch (reader.tag) {
      case histogramTags.count:
        this.count = reader.uint();
        return true;
      case histogramTags.sum:
        this.sum = reader.double();
        return true;
      case histogramTags.floatCount:
        if (reader.double() > 0) this.count = Math.trunc(reader.double());
        return true;
      case histogramTags.schema:
        this.schema = reader.sint();
        return true;
      case histogramTags.zeroThreshold:
        this.zeroThreshold = reader.double();
        return true;
      case histogramTags.zeroCount:
        this.zeroCount = reader.uint();
        return true;
      case histogramTags.floatZeroCount:
        if (reader.double() > 0) this.zeroCount = Math.trunc(reader.double());
        return true;
      case histogramTags.negativeSpan:
        return this.#addSpan(from, to, this.#spans.negative);
      case histogramTags.positiveSpan:
        return this.#addSpan(from, to, this.#spans.positive);
      case histogramTags.negativeDelta:
        this.#deltas.negative.push(reader.sint());
        return true;
      case histogramTags.positiveDelta:
        this.#deltas.positive.push(reader.sint());
        return true;
      case histogramTags.negativeDeltas:
        return packedZigzags(bytes, from, to, this.#deltas.negative);
      case histogramTags.positiveDeltas:
        return packedZigzags(bytes, from, to, this.#deltas.positive);
      case histogramTags.negativeCount:
        this.#counts.negative.push(reader.double());
        return true;
      case histogramTags.positiveCount:
        this.#counts.positive.push(reader.double());
        return true;
      case histogramTags.negativeCounts:
        return packedDoubles(bytes, from, to, this.#counts.negative);
      case histogramTags.positiveCounts:
        return packedDoubles(bytes, from, to, this.#counts.positive);
      default:
        return true;
    }
  }

  #addSpan(from: number, to: number, spans: number[]): boolean {
    let offset = 0;
    let length = 0;
    const span = this.#span.enter(from, to);
    while (span.next()) {
      if (span.tag === spanTags.offset) offset = span.sint();
      else if (span.tag === spanTags.length) length = span.uint();
    }
    spans.push(offset, length);
    return !span.broken;
  }

  /** Spans and deltas as one run of counts; false when they do not fit together, or are too many. */
  #side(name: 'positive' | 'negative'): boolean {
    const side = this[name];
    const spans = this.#spans[name];
    const deltas = this.#deltas[name];
    const floats = this.#counts[name];
    side.counts.length = 0;
    side.offset = (spans[0] ?? 1) - 1;
    let value = 0;
    let at = 0;
    for (let i = 0; i < spans.length; i += 2) {
      const gap = i === 0 ? 0 : (spans[i] ?? 0);
      const length = spans[i + 1] ?? 0;
      if (gap < 0 || side.counts.length + gap + length > mostBuckets) return false;
      for (let k = 0; k < gap; k++) side.counts.push(0);
      for (let k = 0; k < length; k++, at++) {
        const next = floats.length > 0 ? floats[at] : deltas[at];
        if (next === undefined) return false;
        value = floats.length > 0 ? Math.trunc(next) : value + next;
        if (!isCount(value)) return false;
        side.counts.push(value);
      }
    }
    return true;
  }
}

function isCount(value: number): boolean {
  return value >= 0 && Number.isFinite(value);
}
