import {
  bucketTags,
  exemplarTags,
  familyTags,
  histogramTags,
  pairTags,
  quantileTags,
  seriesTags,
  summaryTags,
  timestampTags,
  valueTags,
} from '../../../prometheus/client-model.js';
import { floatText } from '../../../prometheus/number-text.js';
import { DelimitedMessages, ForeignReader } from '../../../otlp/view/foreign.js';
import type { InPieces } from '../../../otlp/work.js';
import type { Appender, LabelSource } from '../series/appender.js';
import { ExpositionFault } from './fault.js';
import { bytesAtOnce, longestLine } from './limits.js';
import { nameLabel, type LabelMap } from './metric.js';
import { noTime, type MetadataPart, type ExpositionType } from './sink.js';

/** Work of a sample beside the bytes of its key, so that some hundred lie between two pauses. */
const sampleWork = 256;
/** Work of a field that is walked over, in the same unit. */
const fieldWork = 8;
/** Bytes of the keys of one metric: each bucket or quantile has all of its labels. */
const mostKeys = 16 << 20;

/** `io.prometheus.client.MetricType` by number. */
const types: readonly ExpositionType[] = ['counter', 'gauge', 'summary', 'unknown', 'histogram', 'gaugehistogram'];

export interface ProtoOptions {
  /** Take native histograms. */
  readonly native: boolean;
  /** Take the classic buckets beside a native histogram. */
  readonly classic: boolean;
}

/** The parts of a metric that are samples of their own. */
type Part = 'value' | 'count' | 'sum' | 'bucket' | 'quantile' | 'native';
const endings: Readonly<Record<Part, string>> = {
  value: '',
  count: '_count',
  sum: '_sum',
  bucket: '_bucket',
  quantile: '',
  native: '',
};
const partNumbers: Readonly<Record<Part, number>> = { value: 1, count: 2, sum: 3, bucket: 4, quantile: 5, native: 6 };
/** Bytes in a key before each label: its length. */
const keptBefore = 4;
const describing: Readonly<Record<MetadataPart, number>> = { type: 16, help: 17, unit: 18 };

/** Reads metric families in the protobuf format: `io.prometheus.client.MetricFamily`, each with its length. */
export class ProtoParser implements LabelSource {
  readonly #body: Buffer;
  readonly #options: ProtoOptions;
  readonly #sink: Appender;
  readonly #family: ForeignReader;
  readonly #metric: ForeignReader;
  readonly #data: ForeignReader;
  readonly #inner: ForeignReader;
  /** Stands for the present sample: its part, the name, the labels as they are encoded, the bound. */
  #key: Buffer = Buffer.allocUnsafe(1024);
  #name = '';
  #nameFrom = 0;
  #nameTo = 0;
  readonly #labelsFrom: number[] = [];
  readonly #labelsTo: number[] = [];
  #time = noTime;
  #part: Part = 'value';
  #bound = 0;
  /** Work since the latest pause, in bytes of keys. */
  #work = 0;
  /** Bytes of the keys of the present metric. */
  #keys = 0;

  constructor(body: Buffer, options: ProtoOptions, sink: Appender) {
    this.#body = body;
    this.#options = options;
    this.#sink = sink;
    this.#family = new ForeignReader(body);
    this.#metric = new ForeignReader(body);
    this.#data = new ForeignReader(body);
    this.#inner = new ForeignReader(body);
  }

  *parse(): InPieces<void> {
    const messages = new DelimitedMessages(this.#body);
    while (messages.read()) {
      yield* this.#readFamily(messages.from, messages.to);
      yield;
    }
    check(!messages.broken);
  }

  /** The labels of the present sample, its name among them. */
  labels(): LabelMap {
    const labels: LabelMap = new Map([[nameLabel, this.#name + endings[this.#part]]]);
    for (let i = 0; i < this.#labelsFrom.length; i++)
      this.#pair(this.#labelsFrom[i] ?? 0, this.#labelsTo[i] ?? 0, labels);
    if (this.#part === 'bucket') labels.set('le', floatText(this.#bound));
    else if (this.#part === 'quantile') labels.set('quantile', floatText(this.#bound));
    return labels;
  }

  *#readFamily(from: number, to: number): InPieces<void> {
    const family = this.#family.enter(from, to);
    let type: ExpositionType | undefined = 'counter';
    let help = '';
    let unit = '';
    this.#name = '';
    while (family.next()) {
      if (this.#isDue(fieldWork)) yield;
      if (family.tag === familyTags.metric) continue;
      if (family.tag === familyTags.name) {
        this.#name = this.#atOnce('name', family).text();
        this.#nameFrom = family.from;
        this.#nameTo = family.to;
      } else if (family.tag === familyTags.help) help = this.#atOnce('help', family).text();
      else if (family.tag === familyTags.type) type = types[family.uint()];
      else if (family.tag === familyTags.unit) unit = this.#atOnce('unit', family).text();
    }
    check(!family.broken && this.#name !== '');
    if (type === undefined)
      throw new ExpositionFault(`unknown metric type of ${JSON.stringify(this.#name.slice(0, 60))}`);
    this.#describe('type', type);
    if (help !== '') this.#describe('help', help);
    if (unit !== '') this.#describe('unit', unit);
    family.enter(from, to);
    while (family.next()) {
      if (this.#isDue(fieldWork)) yield;
      if (family.tag === familyTags.metric) yield* this.#readMetric(family.from, family.to);
    }
  }

  /** Adds to the work since the latest pause; true when the next one is due. */
  #isDue(work: number): boolean {
    this.#work += work;
    if (this.#work < bytesAtOnce) return false;
    this.#work = 0;
    return true;
  }

  #describe(part: MetadataPart, text: string): void {
    const key = Buffer.concat([
      Buffer.from([describing[part]]),
      this.#body.subarray(this.#nameFrom, this.#nameTo),
      Buffer.from(`\0${text}`),
    ]);
    this.#work += key.length;
    const known = this.#sink.known(key, 0, key.length);
    if (known < 0 || !this.#sink.stillDescribed(known)) this.#sink.describe(key, 0, key.length, part, this.#name, text);
  }

  /** The reader, at a part that is read without a pause; throws when it is too long for that. */
  #atOnce(part: string, reader: ForeignReader): ForeignReader {
    const length = reader.to - reader.from;
    if (length > longestLine) throw tooLong(part);
    this.#work += length;
    return reader;
  }

  *#readMetric(from: number, to: number): InPieces<void> {
    const metric = this.#metric.enter(from, to);
    this.#labelsFrom.length = this.#labelsTo.length = 0;
    this.#time = noTime;
    this.#keys = 0;
    let labels = 0;
    while (metric.next()) {
      if (this.#isDue(fieldWork)) yield;
      if (metric.tag === seriesTags.time) this.#time = metric.int();
      if (metric.tag !== seriesTags.label) continue;
      labels += keptBefore + metric.to - metric.from;
      if (labels > longestLine) throw tooLong('labels');
      this.#labelsFrom.push(metric.from);
      this.#labelsTo.push(metric.to);
    }
    check(!metric.broken);
    metric.enter(from, to);
    while (metric.next()) {
      const { tag } = metric;
      if (this.#isDue(fieldWork)) yield;
      if (tag === seriesTags.gauge || tag === seriesTags.untyped || tag === seriesTags.counter)
        this.#number(this.#atOnce('value', metric), tag);
      else if (tag === seriesTags.summary) yield* this.#summary(metric.from, metric.to);
      else if (tag === seriesTags.histogram) yield* this.#histogram(metric.from, metric.to);
    }
  }

  #number({ from, to }: ForeignReader, tag: number): void {
    const data = this.#data.enter(from, to);
    let value = 0;
    let created = 0;
    let exemplarFrom = 0;
    let exemplarTo = 0;
    while (data.next()) {
      if (data.tag === valueTags.value) value = data.double();
      else if (data.tag === valueTags.created && tag === seriesTags.counter)
        created = this.#seconds(this.#atOnce('time', data));
      else if (data.tag === valueTags.exemplar && tag === seriesTags.counter) {
        exemplarFrom = data.from;
        exemplarTo = data.to;
      }
    }
    check(!data.broken);
    const group = this.#sample('value', value, 0);
    if (created > 0) this.#sink.created(group, created);
    if (exemplarFrom < exemplarTo) this.#exemplar(group, exemplarFrom, exemplarTo);
  }

  *#summary(from: number, to: number): InPieces<void> {
    const data = this.#data.enter(from, to);
    let count = 0;
    let sum = 0;
    let created = 0;
    while (data.next()) {
      if (this.#isDue(fieldWork)) yield;
      if (data.tag === summaryTags.count) count = data.uint();
      else if (data.tag === summaryTags.sum) sum = data.double();
      else if (data.tag === summaryTags.created) created = this.#seconds(this.#atOnce('time', data));
    }
    check(!data.broken);
    const group = this.#sample('count', count, 0);
    this.#sample('sum', sum, 0);
    if (created > 0) this.#sink.created(group, created);
    data.enter(from, to);
    while (data.next()) {
      if (this.#isDue(fieldWork)) yield;
      if (data.tag !== summaryTags.quantile) continue;
      this.#atOnce('quantile', data);
      const inner = this.#inner.enter(data.from, data.to);
      let quantile = 0;
      let value = 0;
      while (inner.next()) {
        if (inner.tag === quantileTags.quantile) quantile = inner.double();
        else if (inner.tag === quantileTags.value) value = inner.double();
      }
      check(!inner.broken);
      this.#sample('quantile', value, quantile);
    }
  }

  *#histogram(from: number, to: number): InPieces<void> {
    const data = this.#data.enter(from, to);
    let count = 0;
    let sum = 0;
    let created = 0;
    let native = false;
    while (data.next()) {
      const { tag } = data;
      if (this.#isDue(fieldWork)) yield;
      if (tag === histogramTags.count) count = data.uint();
      else if (tag === histogramTags.sum) sum = data.double();
      else if (tag === histogramTags.floatCount && data.double() > 0) count = data.double();
      else if (tag === histogramTags.negativeSpan || tag === histogramTags.positiveSpan) native = true;
      else if (tag === histogramTags.zeroThreshold || tag === histogramTags.floatZeroCount)
        native ||= data.double() > 0;
      else if (tag === histogramTags.zeroCount) native ||= data.uint() > 0;
      else if (tag === histogramTags.created) created = this.#seconds(this.#atOnce('time', data));
    }
    check(!data.broken);
    const takesNative = native && this.#options.native;
    if (takesNative) {
      const group = this.#native(from, to);
      if (created > 0) this.#sink.created(group, created);
      data.enter(from, to);
      while (data.next()) {
        if (this.#isDue(fieldWork)) yield;
        if (data.tag !== histogramTags.exemplar) continue;
        this.#atOnce('exemplar', data);
        this.#exemplar(group, data.from, data.to);
        this.#work += sampleWork;
      }
      if (!this.#options.classic) return;
    }
    const group = this.#sample('count', count, 0);
    this.#sample('sum', sum, 0);
    if (created > 0) this.#sink.created(group, created);
    data.enter(from, to);
    let infinite = false;
    while (data.next()) {
      if (this.#isDue(fieldWork)) yield;
      if (data.tag !== histogramTags.bucket) continue;
      this.#atOnce('bucket', data);
      infinite = this.#bucket(data.from, data.to) === Number.POSITIVE_INFINITY || infinite;
    }
    // Clients leave the last bucket out: its count is that of the whole.
    if (!infinite) this.#sample('bucket', count, Number.POSITIVE_INFINITY);
  }

  #bucket(from: number, to: number): number {
    const inner = this.#inner.enter(from, to);
    let count = 0;
    let bound = 0;
    let exemplarFrom = 0;
    let exemplarTo = 0;
    while (inner.next()) {
      if (inner.tag === bucketTags.count) count = inner.uint();
      else if (inner.tag === bucketTags.bound) bound = inner.double();
      else if (inner.tag === bucketTags.floatCount && inner.double() > 0) count = inner.double();
      else if (inner.tag === bucketTags.exemplar) {
        exemplarFrom = inner.from;
        exemplarTo = inner.to;
      }
    }
    check(!inner.broken);
    if (Number.isNaN(bound)) return bound;
    const group = this.#sample('bucket', count, bound);
    if (exemplarFrom < exemplarTo) this.#exemplar(group, exemplarFrom, exemplarTo);
    return bound;
  }

  #sample(part: Part, value: number, bound: number): number {
    const line = this.#sink.proto(this.#key, this.#writeKey(part, bound), this, false);
    return this.#sink.protoSample(line, value, this.#time);
  }

  #native(from: number, to: number): number {
    const line = this.#sink.proto(this.#key, this.#writeKey('native', 0), this, true);
    return this.#sink.nativeSample(line, this.#time, from, to);
  }

  #writeKey(part: Part, bound: number): number {
    this.#part = part;
    this.#bound = bound;
    const body = this.#body;
    let length = 10 + this.#nameTo - this.#nameFrom;
    for (let i = 0; i < this.#labelsFrom.length; i++)
      length += keptBefore + (this.#labelsTo[i] ?? 0) - (this.#labelsFrom[i] ?? 0);
    this.#work += sampleWork + length;
    this.#keys += length;
    if (this.#keys > mostKeys)
      throw new ExpositionFault(
        `the labels of ${JSON.stringify(this.#name.slice(0, 60))} times its buckets are more than ${mostKeys} bytes`,
      );
    if (length > this.#key.length) this.#key = Buffer.allocUnsafe(length * 2);
    const key = this.#key;
    key[0] = partNumbers[part];
    let at = 1 + body.copy(key, 1, this.#nameFrom, this.#nameTo);
    key[at++] = 0;
    for (let i = 0; i < this.#labelsFrom.length; i++) {
      const from = this.#labelsFrom[i] ?? 0;
      const to = this.#labelsTo[i] ?? 0;
      at = key.writeInt32LE(to - from, at);
      at += body.copy(key, at, from, to);
    }
    return key.writeDoubleLE(bound, at);
  }

  #pair(from: number, to: number, labels: LabelMap): void {
    const inner = new ForeignReader(this.#body).enter(from, to);
    let name = '';
    let value = '';
    while (inner.next()) {
      if (inner.tag === pairTags.name) name = inner.text();
      else if (inner.tag === pairTags.value) value = inner.text();
    }
    check(!inner.broken && name !== '');
    if (labels.has(name)) throw new ExpositionFault(`label name ${JSON.stringify(name)} is not unique: invalid sample`);
    labels.set(name, value);
  }

  #exemplar(group: number, from: number, to: number): void {
    if (group < 0) return;
    const inner = new ForeignReader(this.#body).enter(from, to);
    const labels: LabelMap = new Map();
    let value = 0;
    let time = noTime;
    while (inner.next()) {
      if (inner.tag === exemplarTags.label) this.#pair(inner.from, inner.to, labels);
      else if (inner.tag === exemplarTags.value) value = inner.double();
      else if (inner.tag === exemplarTags.time) time = this.#seconds(inner) * 1000;
    }
    check(!inner.broken);
    this.#sink.exemplar(group, { labels, value, time });
  }

  /** A `google.protobuf.Timestamp`. */
  #seconds({ from, to }: ForeignReader): number {
    const inner = new ForeignReader(this.#body).enter(from, to);
    let seconds = 0;
    let nanos = 0;
    while (inner.next()) {
      if (inner.tag === timestampTags.seconds) seconds = inner.int();
      else if (inner.tag === timestampTags.nanos) nanos = inner.int();
    }
    check(!inner.broken);
    return seconds + nanos / 1e9;
  }
}

function check(good: boolean): void {
  if (!good) throw new ExpositionFault('the body is no metric families in protobuf');
}

function tooLong(part: string): ExpositionFault {
  return new ExpositionFault(`a metric's ${part} in protobuf may not be longer than ${longestLine} bytes`);
}
