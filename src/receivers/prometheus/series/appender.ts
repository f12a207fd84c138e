import { at32, byteAt } from '../../../otlp/wire/at.js';
import type { InPieces } from '../../../otlp/work.js';
import { parseExemplar, type Exemplar } from '../parse/exemplar.js';
import { nameLabel, parseMetric, type LabelMap } from '../parse/metric.js';
import type { MetadataPart, SampleSink } from '../parse/sink.js';
import type { Metadata } from './families.js';
import { has } from './groups.js';
import { lineKinds } from './lines.js';
import type { Metric, Resource } from './registry.js';
import { LineResolver, type SampleRules } from './resolver.js';
import type { ScrapeStore } from './store.js';

/** An exemplar of a point, and the number of the one before it; -1 for none. */
export interface PointExemplar extends Exemplar {
  readonly before: number;
}

/** The sample that a parser stands at. */
export interface LabelSource {
  labels(): LabelMap;
}

const notOfResource: ReadonlySet<string> = new Set([nameLabel, 'job', 'instance']);
/** Points that are looked at between two pauses. */
const groupsAtOnce = 16_384;

/** Puts the samples of one scrape into the store of their target. */
export class Appender implements SampleSink {
  readonly #store: ScrapeStore;
  readonly #rules: SampleRules;
  readonly #resolver: LineResolver;
  readonly #body: Buffer;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Samples that the target exposed. */
  scraped = 0;
  /** Those that relabelling left. */
  kept = 0;
  /** Those that were not in the latest good scrape. */
  added = 0;
  /** Those that no metric of OTLP can hold. */
  unusable = 0;
  readonly exemplars: PointExemplar[] = [];
  #last = -1;
  #lines = 0;

  /** `at`: when the scrape began, milliseconds since the epoch; `body` is what the target answered. */
  constructor(store: ScrapeStore, rules: SampleRules, at: number, body: Buffer) {
    this.#store = store;
    this.#rules = rules;
    this.#resolver = new LineResolver(store, rules);
    this.#body = body;
    this.at = at;
    store.scrape++;
  }

  /** Whether there are more samples than `sample_limit` allows. */
  get exceedsLimit(): boolean {
    const { samples } = this.#rules.limits;
    return samples > 0 && this.kept > samples;
  }

  expected(body: Buffer, at: number): number {
    const { lines, firstLine } = this.#store;
    return lines.if(this.#last < 0 ? firstLine : lines.followerOf(this.#last), body, at);
  }

  known(body: Buffer, from: number, to: number): number {
    return this.#store.lines.table.find(body, from, to);
  }

  lengthOf(line: number): number {
    return this.#store.lines.table.length(line);
  }

  add(body: Buffer, from: number, to: number, labels: LabelMap): number {
    const line = this.#newLine(body, from, to);
    this.#resolver.resolve(line, labels, false);
    return line;
  }

  /**
   * The line of a sample that has no text: `key[0, length)` stands for it. `native`: it is a native histogram. The
   * labels are asked for when the line is new.
   */
  proto(key: Buffer, length: number, source: LabelSource, native: boolean): number {
    const { lines } = this.#store;
    let line = lines.if(this.#last < 0 ? this.#store.firstLine : lines.followerOf(this.#last), key, 0);
    if (line < 0 || lines.table.length(line) !== length) line = lines.table.find(key, 0, length);
    if (line < 0) line = this.#newLine(key, 0, length);
    if (lines.kindOf(line) === lineKinds.unresolved) this.#resolver.resolve(line, source.labels(), native);
    return line;
  }

  describe(body: Buffer, from: number, to: number, part: MetadataPart, family: string, text: string): void {
    const { lines, families, comments, scrape } = this.#store;
    let line = lines.table.find(body, from, to);
    if (line < 0) line = this.#newLine(body, from, to);
    lines.setKind(line, lineKinds.comment);
    if (families.describe(family, part, text, line, scrape)) this.#store.resolveAnew();
    comments.set(line, { metadata: families.get(family) as Metadata, part });
    this.#saw(line);
  }

  stillDescribed(line: number): boolean {
    const comment = this.#store.comments.get(line);
    if (!comment || comment.metadata.lines[comment.part] !== line) return false;
    comment.metadata.seen = this.#store.scrape;
    this.#saw(line);
    return true;
  }

  sample(line: number, value: number, time: number, from: number, to: number): void {
    if (this.#store.lines.kindOf(line) === lineKinds.unresolved)
      this.#resolver.resolve(line, this.#labelsOf(line), false);
    if (!this.#counts(line)) return;
    const group = this.#take(line, value, time);
    if (from < to && group >= 0) this.exemplar(group, parseExemplar(this.#body, from, to));
  }

  /** A sample of a line of `proto`; returns its point, or -1. */
  protoSample(line: number, value: number, time: number): number {
    return this.#counts(line) ? this.#take(line, value, time) : -1;
  }

  /** A native histogram, whose message is `body[from, to)`; returns its point, or -1. */
  nativeSample(line: number, time: number, from: number, to: number): number {
    if (!this.#counts(line)) return -1;
    const { groups } = this.#store;
    const group = this.#take(line, from, time);
    if (group >= 0) groups.total[group] = to;
    return group;
  }

  /** When a point began, seconds since the epoch. */
  created(group: number, seconds: number): void {
    if (group >= 0) this.#part(group, has.created, this.#store.groups.created, seconds);
  }

  /** A metric of the scrape itself. */
  report(name: string, value: number): void {
    const key = Buffer.from(`\0${name}`);
    const { lines } = this.#store;
    let line = lines.table.find(key, 0, key.length);
    if (line < 0) line = this.#newLine(key, 0, key.length);
    if (lines.kindOf(line) === lineKinds.unresolved)
      this.#resolver.settle(line, new Map([[nameLabel, name], ...this.#rules.target]), false);
    lines.seen[line] = this.#store.scrape;
    this.#take(line, value, Number.NaN);
  }

  /** Adds an exemplar to a point. */
  exemplar(group: number, exemplar: Exemplar): void {
    const { groups } = this.#store;
    this.exemplars.push({ ...exemplar, before: at32(groups.exemplar, group) });
    groups.exemplar[group] = this.exemplars.length - 1;
  }

  /** Makes a point of every one that is recorded and did not come in this scrape: its end. */
  *ends(): InPieces<void> {
    const { groups, scrape } = this.#store;
    for (let group = 0; group < groups.count; group++) {
      if (group % groupsAtOnce === groupsAtOnce - 1) yield;
      if (groups.live[group] === 1 && at32(groups.seen, group) !== scrape) this.#touch(group, this.at, false);
    }
  }

  /** The scrape succeeded: what it had is what is known now. */
  succeed(): void {
    const store = this.#store;
    if (this.#lines === 0) return;
    store.good = store.scrape;
    store.goodLines = this.#lines;
    for (const resource of store.registry.resources) if (resource.infoSeen !== store.scrape) resource.info = new Map();
  }

  /** The scrape failed: what came of it is as if it had not come. */
  fail(): void {
    this.#store.scrape++;
    this.exemplars.length = 0;
  }

  /** Counts a sample; false when it goes no further. */
  #counts(line: number): boolean {
    const { lines, good } = this.#store;
    const before = at32(lines.seen, line);
    this.#saw(line);
    this.scraped++;
    const kind = lines.kindOf(line);
    if (kind === lineKinds.dropped) return false;
    this.kept++;
    if (before === 0 || before < good) this.added++;
    if (kind !== lineKinds.unusable) return true;
    this.unusable++;
    return false;
  }

  #newLine(bytes: Buffer, from: number, to: number): number {
    const line = this.#store.lines.add(bytes, from, to);
    this.#store.lines.seen[line] = 0;
    this.#store.lines.setKind(line, lineKinds.unresolved);
    return line;
  }

  #labelsOf(line: number): LabelMap {
    const { table } = this.#store.lines;
    return parseMetric(table.bytes, table.from(line), table.to(line));
  }

  #saw(line: number): void {
    const { lines, scrape } = this.#store;
    lines.seen[line] = scrape;
    if (this.#last < 0) this.#store.firstLine = line;
    else if (this.#last !== line) lines.follows[this.#last] = line;
    this.#last = line;
    this.#lines++;
  }

  /** Puts the value of a sample into its point; returns the point, or -1 when it takes no more. */
  #take(line: number, value: number, given: number): number {
    const { lines, groups, buckets, infos, scrape } = this.#store;
    const target = at32(lines.target, line);
    const kind = lines.kindOf(line);
    if (kind === lineKinds.info) {
      const info = infos[target];
      if (info) this.#describeResource(info.resource, info.labels);
      return -1;
    }
    const timed = this.#rules.honorTimestamps && !Number.isNaN(given);
    if (!this.#touch(target, timed ? given : this.at, timed)) return -1;
    switch (kind) {
      case lineKinds.value:
        return this.#part(target, has.value, groups.value, value);
      case lineKinds.count:
        return this.#part(target, has.count, groups.total, value);
      case lineKinds.sum:
        return this.#part(target, has.sum, groups.sum, value);
      case lineKinds.created:
        return this.#part(target, has.created, groups.created, value);
      case lineKinds.native:
        return this.#part(target, has.native, groups.value, value);
      default: {
        const bucket = at32(lines.bucket, line);
        if (at32(buckets.seen, bucket) === scrape) return -1;
        buckets.seen[bucket] = scrape;
        buckets.value[bucket] = value;
        return target;
      }
    }
  }

  /** Of two samples for the same part the first counts, as in Prometheus. */
  #part(group: number, bit: number, values: Float64Array, value: number): number {
    const { groups } = this.#store;
    const before = byteAt(groups.has, group);
    if ((before & bit) !== 0) return -1;
    groups.has[group] = before | bit;
    values[group] = value;
    return group;
  }

  /** The point is one of this scrape; false when it is one already, of another time. */
  #touch(group: number, time: number, timed: boolean): boolean {
    const { groups, registry, scrape } = this.#store;
    if (at32(groups.seen, group) === scrape) return groups.time[group] === time;
    groups.seen[group] = scrape;
    groups.has[group] = 0;
    groups.time[group] = time;
    groups.timed[group] = timed ? 1 : 0;
    groups.exemplar[group] = -1;
    groups.next[group] = -1;
    const metric = registry.metrics[at32(groups.metric, group)] as Metric;
    if (metric.seen === scrape) groups.next[metric.last] = group;
    else {
      metric.seen = metric.scope.seen = metric.scope.resource.seen = scrape;
      metric.first = group;
    }
    metric.last = group;
    return true;
  }

  #describeResource(resource: Resource, labels: LabelMap): void {
    const { scrape } = this.#store;
    if (resource.infoSeen !== scrape) resource.info = new Map();
    resource.infoSeen = scrape;
    for (const [name, value] of labels) if (!notOfResource.has(name)) resource.info.set(name, value);
  }
}
