import { MessageWriter } from '../../otlp/build/message-writer.js';
import { writeZigzag } from '../../otlp/build/numbers.js';
import type { ExemplarView } from '../../otlp/view/exemplar.js';
import { milliseconds } from '../../prometheus/milliseconds.js';
import { bytesTag, doubleTag, varintTag, writeSint64 } from '../../prometheus/protobuf-fields.js';
import { exemplarLabels } from './exemplar-labels.js';
import type { LabelSet, Suffix } from './label-set.js';
import type { OwnLabel } from './own-labels.js';
import { staleHigh, staleLow, type NativeHistogram, type SeriesSink } from './series-sink.js';

/** Writes a prometheus.WriteRequest (remote write 1.0). */
export class SinkV1 implements SeriesSink {
  readonly #writer: MessageWriter = new MessageWriter(1 << 16);

  get size(): number {
    return this.#writer.size;
  }

  begin(set: LabelSet, suffix: Suffix, own: OwnLabel | undefined): void {
    const writer = this.#writer;
    const { encoded, nameAt, ownAt } = set;
    const name = set.nameLabel(suffix);
    writer.tag(bytesTag(1));
    writer.open();
    writer.rawRun(encoded, 0, nameAt);
    writer.rawRun(name, 0, name.length);
    writer.rawRun(encoded, nameAt, own ? ownAt : encoded.length);
    if (!own) return;
    writer.rawRun(own.encoded, 0, own.encoded.length);
    writer.rawRun(encoded, ownAt, encoded.length);
  }

  sample(value: number | undefined, timeMs: number): void {
    const writer = this.#writer;
    writer.tag(bytesTag(2));
    writer.open();
    writeSample(writer, value, timeMs);
    writer.close();
  }

  exemplar(exemplar: ExemplarView): void {
    const writer = this.#writer;
    writer.tag(bytesTag(3));
    writer.open();
    for (const [name, value] of exemplarLabels(exemplar)) {
      writer.tag(bytesTag(1));
      writer.open();
      writer.text(bytesTag(1), name);
      writer.text(bytesTag(2), value);
      writer.close();
    }
    writeExemplarValue(writer, exemplar);
    writer.close();
  }

  histogram(histogram: NativeHistogram, timeMs: number): void {
    this.#writer.tag(bytesTag(4));
    this.#writer.open();
    writeHistogram(this.#writer, histogram, timeMs);
    this.#writer.close();
  }

  end(): void {
    this.#writer.close();
  }

  finish(): Buffer {
    return this.#writer.finish((size) => Buffer.allocUnsafeSlow(size));
  }
}

/** The fields of a sample that both versions have. */
export function writeSample(writer: MessageWriter, value: number | undefined, timeMs: number): void {
  writer.tag(doubleTag(1));
  if (value === undefined) writer.fixed64(staleLow, staleHigh);
  else writer.double(value);
  writer.tag(varintTag(2));
  writer.varint(timeMs);
}

/** Value and time of an exemplar, behind its labels. */
export function writeExemplarValue(writer: MessageWriter, exemplar: ExemplarView): void {
  writer.tag(doubleTag(2));
  writer.double(exemplar.type === 'int' ? exemplar.asInt.toSigned() : exemplar.asDouble);
  writer.tag(varintTag(3));
  writer.varint(milliseconds(exemplar.timeUnixNano));
}

/** The fields of a native histogram that both versions have. */
export function writeHistogram(writer: MessageWriter, histogram: NativeHistogram, timeMs: number): void {
  writer.tag(varintTag(1));
  if (histogram.stale) writer.varint64(staleLow, staleHigh);
  else writer.varint64(histogram.countLow, histogram.countHigh);
  writer.tag(doubleTag(3));
  if (histogram.stale) writer.fixed64(staleLow, staleHigh);
  else writer.double(histogram.sum);
  writer.tag(varintTag(4));
  writeZigzag(writer, histogram.schema);
  writer.tag(doubleTag(5));
  writer.double(histogram.zeroThreshold);
  writer.tag(varintTag(6));
  writer.varint64(histogram.zeroCountLow, histogram.zeroCountHigh);
  writeBuckets(writer, 8, histogram.negativeSpans, histogram.negativeDeltas);
  writeBuckets(writer, 11, histogram.positiveSpans, histogram.positiveDeltas);
  writer.tag(varintTag(15));
  writer.varint(timeMs);
}

function writeBuckets(writer: MessageWriter, field: number, spans: readonly number[], deltas: readonly number[]): void {
  for (let i = 0; i < spans.length; i += 2) {
    writer.tag(bytesTag(field));
    writer.open();
    writer.tag(varintTag(1));
    writeZigzag(writer, spans[i] ?? 0);
    writer.tag(varintTag(2));
    writer.varint(spans[i + 1] ?? 0);
    writer.close();
  }
  if (deltas.length === 0) return;
  writer.tag(bytesTag(field + 1));
  writer.open();
  for (const delta of deltas) writeSint64(writer, delta);
  writer.close();
}
