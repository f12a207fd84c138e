import { MessageWriter } from '../otlp/build/message-writer.js';
import { writeZigzag } from '../otlp/build/numbers.js';
import { escapeName, type Escaping } from './escaping.js';
import { exemplarsByBucket } from './exemplars.js';
import type { BucketRun, ExposedExemplar, ExposedFamily, ExposedSeries, FamilyType } from './exposed.js';
import { LabelReader, type Label } from './labels.js';
import { mostScale, NativeBuckets } from './native.js';
import type { PageBuffer } from './page-buffer.js';
import type { PageOptions, PageWriter } from './page-writer.js';
import { bytesTag, doubleTag, varintTag, writeSint64 } from './protobuf-fields.js';
import { escapedLabels, namesStay } from './escaped-labels.js';

const typeNumbers: Readonly<Record<FamilyType, number>> = {
  counter: 0,
  gauge: 1,
  summary: 2,
  unknown: 3,
  histogram: 4,
};
/** The field of a Metric that has its value, by type. */
const valueFields: Readonly<Record<FamilyType, number>> = {
  gauge: 2,
  counter: 3,
  summary: 4,
  unknown: 5,
  histogram: 7,
};

/**
 * Writes io.prometheus.client.MetricFamily messages, each behind its length. A family that is taken in several pieces
 * becomes several messages of one name, because the length of a message must be known before its first byte.
 */
export class ProtobufWriter implements PageWriter {
  readonly #out: PageBuffer;
  readonly #escaping: Escaping;
  readonly #timestamps: boolean;
  readonly #writer: MessageWriter = new MessageWriter(1 << 16);
  readonly #labels: LabelReader = new LabelReader();
  readonly #native: NativeBuckets = new NativeBuckets();
  #family: ExposedFamily | undefined;
  /** The message of the family has begun. */
  #begun = false;

  constructor(out: PageBuffer, { escaping, timestamps }: PageOptions) {
    this.#out = out;
    this.#escaping = escaping;
    this.#timestamps = timestamps;
  }

  family(family: ExposedFamily): void {
    this.pauseAt(0);
    this.#family = family;
  }

  series(series: ExposedSeries): void {
    const writer = this.#writer;
    const family = this.#family;
    if (!family) return;
    if (!this.#begun) this.#begin(family);
    writer.tag(bytesTag(4));
    writer.open();
    this.#writeLabels(series.labels);
    writer.tag(bytesTag(valueFields[family.type]));
    writer.open();
    this.#value(series, family.type);
    writer.close();
    if (this.#timestamps && series.timeMs !== undefined) {
      writer.tag(varintTag(6));
      writer.varint(Math.max(0, series.timeMs));
    }
    writer.close();
  }

  pauseAt(bytes: number): void {
    if (!this.#begun || this.#writer.size < bytes) return;
    this.#begun = false;
    this.#writer.close();
    const message = this.#writer.finish((size) => Buffer.allocUnsafe(size));
    this.#out.run(message, 0, message.length);
  }

  end(): void {
    this.pauseAt(0);
  }

  #begin({ name, type, help }: ExposedFamily): void {
    const writer = this.#writer;
    this.#begun = true;
    // No tag: a message stands alone behind its length.
    writer.open();
    writer.text(bytesTag(1), escapeName(name, this.#escaping));
    writer.text(bytesTag(2), help);
    writer.tag(varintTag(3));
    writer.varint(typeNumbers[type]);
  }

  /** Names that stay as they are leave as the bytes that they are. */
  #writeLabels(labels: Uint8Array): void {
    const reader = this.#labels.open(labels);
    if (!namesStay(reader, this.#escaping)) {
      for (const label of escapedLabels(reader.open(labels), this.#escaping)) this.#label(1, label);
      return;
    }
    const writer = this.#writer;
    for (reader.open(labels); reader.next();) {
      writer.tag(bytesTag(1));
      writer.open();
      writer.tag(bytesTag(1));
      writer.delimitedRun(reader.bytes, reader.nameFrom, reader.nameTo);
      writer.tag(bytesTag(2));
      writer.delimitedRun(reader.bytes, reader.valueFrom, reader.valueTo);
      writer.close();
    }
  }

  #label(field: number, [name, value]: Label): void {
    const writer = this.#writer;
    writer.tag(bytesTag(field));
    writer.open();
    writer.text(bytesTag(1), name);
    writer.text(bytesTag(2), value);
    writer.close();
  }

  #value(series: ExposedSeries, type: FamilyType): void {
    const { data } = series;
    switch (data.kind) {
      case 'number':
        this.#double(1, data.value);
        if (type !== 'counter') return;
        this.#exemplar(2, series.exemplars.at(-1));
        return this.#time(3, series.startMs);
      case 'summary':
        this.#count(1, data.count);
        this.#double(2, data.sum);
        data.quantiles.forEach((quantile, i) => {
          this.#writer.tag(bytesTag(3));
          this.#writer.open();
          this.#double(1, quantile);
          this.#double(2, data.values[i] ?? 0);
          this.#writer.close();
        });
        return this.#time(4, series.startMs);
      case 'histogram': {
        this.#count(1, data.count);
        this.#double(2, data.sum);
        const exemplars = exemplarsByBucket(data.bounds, series.exemplars);
        let sum = 0;
        data.bounds.forEach((bound, i) => {
          sum += data.counts[i] ?? 0;
          if (bound !== Infinity) this.#bucket(sum, bound, exemplars[i]);
        });
        const last = exemplars[data.bounds.length];
        if (last) this.#bucket(data.count, Infinity, last);
        return this.#time(15, series.startMs);
      }
      case 'native':
        return this.#nativeValue(series, data);
    }
  }

  #nativeValue(
    { exemplars, startMs }: ExposedSeries,
    data: Extract<ExposedSeries['data'], { readonly kind: 'native' }>,
  ): void {
    const writer = this.#writer;
    const scale = Math.min(data.scale, mostScale);
    this.#count(1, data.count);
    this.#double(2, data.sum);
    writer.tag(varintTag(5));
    writeZigzag(writer, scale);
    this.#double(6, data.zeroThreshold);
    this.#count(7, data.zeroCount);
    this.#buckets(9, data.negative, data.scale - scale);
    this.#buckets(12, data.positive, data.scale - scale);
    // A reader knows a histogram without any bucket for a native one by a span.
    if (data.zeroCount === 0 && data.positive.counts.length + data.negative.counts.length === 0) {
      writer.tag(bytesTag(12));
      writer.open();
      writer.close();
    }
    this.#time(15, startMs);
    for (const exemplar of exemplars) if (exemplar.time > 0) this.#exemplar(16, exemplar);
  }

  /** Spans stand in `field`, the differences between buckets in the one behind it. */
  #buckets(field: number, { offset, counts }: BucketRun, shift: number): void {
    const writer = this.#writer;
    const { spans, deltas } = this.#native.fill(offset, counts, shift);
    for (let i = 0; i < spans.length; i += 2) {
      writer.tag(bytesTag(field));
      writer.open();
      writer.tag(varintTag(1));
      writeZigzag(writer, spans[i] ?? 0);
      writer.tag(varintTag(2));
      writer.varint(spans[i + 1] ?? 0);
      writer.close();
    }
    for (const delta of deltas) {
      writer.tag(varintTag(field + 1));
      writeSint64(writer, delta);
    }
  }

  #bucket(count: number, bound: number, exemplar: ExposedExemplar | undefined): void {
    this.#writer.tag(bytesTag(3));
    this.#writer.open();
    this.#count(1, count);
    this.#double(2, bound);
    this.#exemplar(3, exemplar);
    this.#writer.close();
  }

  #exemplar(field: number, exemplar: ExposedExemplar | undefined): void {
    if (!exemplar) return;
    this.#writer.tag(bytesTag(field));
    this.#writer.open();
    for (const label of exemplar.labels) this.#label(1, label);
    this.#double(2, exemplar.value);
    this.#time(3, exemplar.time * 1000);
    this.#writer.close();
  }

  #double(field: number, value: number): void {
    this.#writer.tag(doubleTag(field));
    this.#writer.double(value);
  }

  #count(field: number, value: number): void {
    this.#writer.tag(varintTag(field));
    this.#writer.varint(value);
  }

  #time(field: number, ms: number | undefined): void {
    if (ms === undefined || ms <= 0) return;
    const seconds = Math.floor(ms / 1000);
    this.#writer.tag(bytesTag(field));
    this.#writer.open();
    this.#count(1, seconds);
    this.#count(2, Math.round((ms - seconds * 1000) * 1e6));
    this.#writer.close();
  }
}
