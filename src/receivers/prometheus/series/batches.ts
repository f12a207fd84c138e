import { isIP } from 'node:net';
import { MetricBuilder } from '../../../otlp/build/metrics.js';
import type { Batch } from '../../../otlp/batch.js';
import { at32, floatAt, byteAt } from '../../../otlp/wire/at.js';
import type { InPieces } from '../../../otlp/work.js';
import { codeOfUnit } from '../../../prometheus/units.js';
import type { LabelMap } from '../parse/metric.js';
import type { PointExemplar } from './appender.js';
import { has } from './groups.js';
import { NativeReader } from './native.js';
import { splitInstance, withoutSuffixes } from './names.js';
import type { Metric, Resource, Scope } from './registry.js';
import type { ScrapeStore } from './store.js';

/** A batch is handed on when it has about this many bytes, so that it stays below what gRPC servers take. */
const enough = 2 << 20;
/** Work between two pauses: a point is one unit, and so are eight of its buckets, or 128 bytes of its attributes. */
const workAtOnce = 1024;

/** The receiver's own scope, for metrics that name none. */
export const ownScope = 'github.com/open-telemetry/opentelemetry-collector-contrib/receiver/prometheusreceiver';

export interface BatchOptions {
  readonly version: string;
  /** `url.scheme` of the resources. */
  readonly scheme: string;
  readonly trimSuffixes: boolean;
  /** Points with times of their own end like all others. */
  readonly trackTimestamps: boolean;
}

/** Writes the points of a scrape as batches, one after the other, so that only one of them is in memory. */
export class ScrapeBatches {
  /** Points that OTLP cannot hold, such as a histogram without its count. */
  unusable = 0;
  readonly #store: ScrapeStore;
  readonly #options: BatchOptions;
  readonly #exemplars: readonly PointExemplar[];
  readonly #native: NativeReader;
  readonly #builder: MetricBuilder = new MetricBuilder();
  readonly #bounds: number[] = [];
  readonly #counts: number[] = [];
  readonly #order: number[] = [];
  readonly #writing: Generator<Batch | undefined, void, undefined>;
  /** The metric whose header was written last into the present batch. */
  #open: Metric | undefined;
  #work = 0;

  /** `body` is what the target answered: native histograms are read from there. */
  constructor(store: ScrapeStore, options: BatchOptions, exemplars: readonly PointExemplar[], body: Buffer) {
    this.#store = store;
    this.#options = options;
    this.#exemplars = exemplars;
    this.#native = new NativeReader(body);
    this.#writing = this.#write();
  }

  /** Bytes of memory. */
  get memory(): number {
    return this.#builder.memory;
  }

  /** The next batch; undefined behind the last. */
  *next(): InPieces<Batch | undefined> {
    for (;;) {
      const { done, value } = this.#writing.next();
      if (done === true) return undefined;
      if (value) return value;
      yield;
    }
  }

  *#write(): Generator<Batch | undefined, void, undefined> {
    const { registry, scrape, groups } = this.#store;
    for (const resource of registry.resources) {
      if (resource.seen !== scrape) continue;
      for (const scope of resource.scopes.values()) {
        if (scope.seen !== scrape) continue;
        for (const metric of scope.metrics) {
          if (metric.seen !== scrape) continue;
          for (let group = metric.first; group >= 0; group = at32(groups.next, group)) {
            this.#point(metric, group);
            if (++this.#work < workAtOnce) continue;
            this.#work = 0;
            if (this.#builder.size >= enough) yield yield* this.#finish();
            else yield undefined;
          }
        }
      }
    }
    if (this.#builder.itemCount > 0) yield yield* this.#finish();
  }

  *#finish(): Generator<undefined, Batch, undefined> {
    this.#open = undefined;
    const finishing = this.#builder.finishing();
    for (;;) {
      const { done, value } = finishing.next();
      if (done === true) return value;
      yield undefined;
    }
  }

  /** Writes a point, or its end where it is not complete any more. */
  #point(metric: Metric, group: number): void {
    const { groups } = this.#store;
    const recorded = this.#recorded(metric, group);
    if (!recorded) {
      if (groups.has[group] !== 0) this.unusable++;
      if (groups.live[group] === 1) this.#end(metric, group);
    }
    groups.live[group] = recorded && (groups.timed[group] === 0 || this.#options.trackTimestamps) ? 1 : 0;
  }

  #recorded(metric: Metric, group: number): boolean {
    switch (metric.form) {
      case 'histogram':
        return this.#histogram(metric, group);
      case 'summary':
        return this.#summary(metric, group);
      case 'exponential':
        return this.#exponential(metric, group);
      default:
        return this.#number(metric, group);
    }
  }

  #has(group: number, bit: number): boolean {
    return (byteAt(this.#store.groups.has, group) & bit) !== 0;
  }

  #number(metric: Metric, group: number): boolean {
    if (!this.#has(group, has.value)) return false;
    const builder = this.#begin(metric, group, metric.form !== 'gauge');
    builder.double(floatAt(this.#store.groups.value, group));
    this.#attributes(group);
    this.#writeExemplars(group);
    return true;
  }

  #histogram(metric: Metric, group: number): boolean {
    const { groups, buckets, scrape } = this.#store;
    const count = floatAt(groups.total, group);
    if (!this.#has(group, has.count)) return false;
    const bounds = this.#bounds;
    const counts = this.#counts;
    bounds.length = counts.length = 0;
    let before = 0;
    for (let at = at32(groups.firstBucket, group); at >= 0; at = at32(buckets.next, at)) {
      const bound = floatAt(buckets.bound, at);
      if (at32(buckets.seen, at) !== scrape || bound === Number.POSITIVE_INFINITY) continue;
      const value = floatAt(buckets.value, at);
      if (!(value >= before)) return false;
      bounds.push(bound);
      counts.push(Math.trunc(value) - Math.trunc(before));
      before = value;
    }
    this.#work += counts.length >> 3;
    if (!(count >= before) || !Number.isFinite(count)) return false;
    counts.push(Math.trunc(count) - Math.trunc(before));
    const builder = this.#begin(metric, group, true);
    builder.totals(Math.trunc(count), this.#sumOf(group)).buckets(bounds, counts);
    this.#attributes(group);
    this.#writeExemplars(group);
    return true;
  }

  #summary(metric: Metric, group: number): boolean {
    const { groups, buckets, scrape } = this.#store;
    const count = floatAt(groups.total, group);
    if (!this.#has(group, has.count) || !(count >= 0) || !Number.isFinite(count)) return false;
    const builder = this.#begin(metric, group, true);
    builder.totals(Math.trunc(count), this.#sumOf(group) ?? 0);
    for (let at = at32(groups.firstBucket, group); at >= 0; at = at32(buckets.next, at))
      if (at32(buckets.seen, at) === scrape) builder.quantile(floatAt(buckets.bound, at), floatAt(buckets.value, at));
    this.#attributes(group);
    return true;
  }

  #exponential(metric: Metric, group: number): boolean {
    const { groups } = this.#store;
    const native = this.#native;
    if (!this.#has(group, has.native)) return false;
    const from = floatAt(groups.value, group);
    const to = floatAt(groups.total, group);
    this.#work += (to - from) >> 6;
    if (!native.read(from, to)) return false;
    this.#work += (native.positive.counts.length + native.negative.counts.length) >> 3;
    const builder = this.#begin(metric, group, true);
    builder.totals(native.count, native.sum).scale(native.schema, native.zeroCount, native.zeroThreshold);
    if (native.positive.counts.length > 0) builder.positive(native.positive.offset, native.positive.counts);
    if (native.negative.counts.length > 0) builder.negative(native.negative.offset, native.negative.counts);
    this.#attributes(group);
    this.#writeExemplars(group);
    return true;
  }

  /** There is no recorded value any more (docs/spec/agent.md#prometheus-receiver). */
  #end(metric: Metric, group: number): void {
    const { groups, buckets } = this.#store;
    // Parts of it may have come, but no value that began at some time.
    groups.has[group] = 0;
    const builder = this.#begin(metric, group, false);
    builder.flags(1);
    if (metric.form === 'histogram' || metric.form === 'summary') {
      const bounds = this.#bounds;
      bounds.length = 0;
      for (let at = at32(groups.firstBucket, group); at >= 0; at = at32(buckets.next, at))
        if (buckets.bound[at] !== Number.POSITIVE_INFINITY) bounds.push(floatAt(buckets.bound, at));
      if (metric.form === 'summary') for (const bound of bounds) builder.quantile(bound, 0);
      else builder.buckets(bounds, new Array<number>(bounds.length + 1).fill(0));
    }
    this.#attributes(group);
  }

  #sumOf(group: number): number | undefined {
    return this.#has(group, has.sum) ? floatAt(this.#store.groups.sum, group) : undefined;
  }

  #begin(metric: Metric, group: number, started: boolean): MetricBuilder {
    const { groups } = this.#store;
    this.#header(metric);
    const builder = this.#builder.point(floatAt(groups.time, group));
    const created = floatAt(groups.created, group);
    if (started && this.#has(group, has.created) && created > 0 && created < 1e10) builder.start(created * 1000);
    return builder;
  }

  #attributes(group: number): void {
    const { points } = this.#store;
    this.#work += points.length(group) >> 7;
    // The number of the metric stands first.
    this.#builder.encoded(points.bytes, points.from(group) + 4, points.to(group));
  }

  /** In the order in which they came: the latest knows the one before. */
  #writeExemplars(group: number): void {
    const { groups } = this.#store;
    const builder = this.#builder;
    const order = this.#order;
    order.length = 0;
    for (let at = at32(groups.exemplar, group); at >= 0; at = this.#exemplars[at]?.before ?? -1) order.push(at);
    for (let i = order.length - 1; i >= 0; i--) {
      const exemplar = this.#exemplars[order[i] ?? 0] as PointExemplar;
      builder.exemplar(Number.isNaN(exemplar.time) ? floatAt(groups.time, group) : exemplar.time);
      builder.double(exemplar.value);
      writeExemplarLabels(builder, exemplar.labels);
    }
  }

  #header(metric: Metric): void {
    if (this.#open === metric) return;
    const { scope } = metric;
    const before = this.#open?.scope;
    if (before?.resource !== scope.resource) this.#resource(scope.resource);
    if (before !== scope) this.#scope(scope);
    this.#open = metric;
    const { metadata, form } = metric;
    const isSum = form === 'counter' || form === 'state';
    const name = this.#options.trimSuffixes ? withoutSuffixes(metric.name, isSum, metadata.unit) : metric.name;
    const builder = this.#builder.metric(name, codeOfUnit(metadata.unit), metadata.help);
    builder.attribute('prometheus.type', form === 'exponential' ? 'histogram' : metadata.type);
    if (isSum) builder.sum('cumulative', form === 'counter');
    else if (form === 'histogram') builder.histogram('cumulative');
    else if (form === 'exponential') builder.exponentialHistogram('cumulative');
    else if (form === 'summary') builder.summary();
    else builder.gauge();
  }

  #scope({ identity }: Scope): void {
    const builder = this.#builder;
    if (!identity) {
      builder.scope(ownScope, this.#options.version);
      return;
    }
    builder.scope(identity.name, identity.version, identity.schemaUrl);
    for (const [key, value] of identity.attributes) builder.attribute(key, value);
  }

  #resource({ job, instance, info }: Resource): void {
    const { host, port } = splitInstance(instance);
    const attributes: LabelMap = new Map([['service.name', job]]);
    if (isDiscernible(host)) attributes.set('server.address', host);
    attributes.set('service.instance.id', instance);
    attributes.set('server.port', port);
    attributes.set('url.scheme', this.#options.scheme);
    for (const [name, value] of info) attributes.set(name, value);
    const builder = this.#builder.resource();
    for (const [name, value] of attributes) builder.attribute(name, value);
  }
}

/** Whether a host says which one it is: every machine is `localhost` to itself. */
export function isDiscernible(host: string): boolean {
  if (isIP(host) === 4) return !host.startsWith('127.') && host !== '0.0.0.0';
  if (isIP(host) === 6) return !/^[0:]*[01]?$/.test(host);
  return host !== 'localhost';
}

const hexId = (text: string, size: number): boolean =>
  text.length === size && /^[0-9a-f]+$/i.test(text) && !/^0+$/.test(text);

/** `trace_id` and `span_id` become the context of the exemplar where they are IDs, all others its attributes. */
function writeExemplarLabels(builder: MetricBuilder, labels: LabelMap): void {
  let trace = '';
  let span = '';
  for (const [name, value] of labels) {
    const key = name.toLowerCase();
    if (key === 'trace_id' && (value === '' || hexId(value, 32))) trace = value;
    else if (key === 'span_id' && (value === '' || hexId(value, 16))) span = value;
    else builder.attribute(name, value);
  }
  builder.context(trace, span);
}
