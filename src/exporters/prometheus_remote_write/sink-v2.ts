import { MessageWriter } from '../../otlp/build/message-writer.js';
import type { ExemplarView } from '../../otlp/view/exemplar.js';
import type { MetricNames } from '../../prometheus/metric-names.js';
import { bytesTag, varintTag } from '../../prometheus/protobuf-fields.js';
import { exemplarLabels } from './exemplar-labels.js';
import type { LabelSet, Suffix } from './label-set.js';
import { metadataTypes } from './metadata.js';
import type { OwnLabel } from './own-labels.js';
import type { NativeHistogram, SeriesSink } from './series-sink.js';
import { writeExemplarValue, writeHistogram, writeSample } from './sink-v1.js';

/** Writes an io.prometheus.write.v2.Request: texts stand in a table, once each, and each series has its metadata. */
export class SinkV2 implements SeriesSink {
  readonly #writer: MessageWriter = new MessageWriter(1 << 16);
  readonly #symbols: Map<string, number> = new Map([['', 0]]);
  #symbolBytes = 2;
  #metric: Pick<MetricNames, 'metadataType' | 'help' | 'unit'> | undefined;

  get size(): number {
    return this.#writer.size + this.#symbolBytes;
  }

  begin(set: LabelSet, suffix: Suffix, own: OwnLabel | undefined): void {
    const writer = this.#writer;
    this.#metric = set.metric;
    writer.tag(bytesTag(5));
    writer.open();
    writer.tag(bytesTag(1));
    writer.open();
    let named = false;
    let owned = own === undefined;
    for (const [name, value] of set.labels) {
      if (!named && name > '__name__') named = this.#refs('__name__', set.nameOf(suffix));
      if (!owned && own && name > own.name) owned = this.#refs(own.name, own.value);
      this.#refs(name, value);
    }
    if (!named) this.#refs('__name__', set.nameOf(suffix));
    if (!owned && own) this.#refs(own.name, own.value);
    writer.close();
  }

  sample(value: number | undefined, timeMs: number, startMs: number): void {
    const writer = this.#writer;
    writer.tag(bytesTag(2));
    writer.open();
    writeSample(writer, value, timeMs);
    if (startMs > 0) {
      writer.tag(varintTag(3));
      writer.varint(startMs);
    }
    writer.close();
  }

  exemplar(exemplar: ExemplarView): void {
    const writer = this.#writer;
    writer.tag(bytesTag(4));
    writer.open();
    const labels = exemplarLabels(exemplar);
    if (labels.length > 0) {
      writer.tag(bytesTag(1));
      writer.open();
      for (const [name, value] of labels) this.#refs(name, value);
      writer.close();
    }
    writeExemplarValue(writer, exemplar);
    writer.close();
  }

  histogram(histogram: NativeHistogram, timeMs: number, startMs: number): void {
    const writer = this.#writer;
    writer.tag(bytesTag(3));
    writer.open();
    writeHistogram(writer, histogram, timeMs);
    if (startMs > 0) {
      writer.tag(varintTag(17));
      writer.varint(startMs);
    }
    writer.close();
  }

  end(): void {
    const writer = this.#writer;
    const metric = this.#metric;
    if (metric) {
      writer.tag(bytesTag(5));
      writer.open();
      writer.tag(varintTag(1));
      writer.varint(metadataTypes[metric.metadataType]);
      this.#ref(3, metric.help);
      this.#ref(4, metric.unit);
      writer.close();
    }
    writer.close();
  }

  finish(): Buffer {
    const writer = this.#writer;
    for (const symbol of this.#symbols.keys()) writer.text(bytesTag(4), symbol);
    this.#symbols.clear();
    this.#symbols.set('', 0);
    this.#symbolBytes = 2;
    return writer.finish((size) => Buffer.allocUnsafeSlow(size));
  }

  /** Writes a label; true for callers that note it. */
  #refs(name: string, value: string): true {
    this.#writer.varint(this.#symbol(name));
    this.#writer.varint(this.#symbol(value));
    return true;
  }

  #ref(field: number, text: string): void {
    if (text === '') return;
    this.#writer.tag(varintTag(field));
    this.#writer.varint(this.#symbol(text));
  }

  #symbol(text: string): number {
    const known = this.#symbols.get(text);
    if (known !== undefined) return known;
    const number = this.#symbols.size;
    this.#symbols.set(text, number);
    this.#symbolBytes += text.length + 6;
    return number;
  }
}
