import { at32, floatAt } from '../../../otlp/wire/at.js';
import type { InPieces } from '../../../otlp/work.js';
import { ByteStrings } from './byte-strings.js';
import { DescribedFamilies, type Metadata } from './families.js';
import { Buckets, Groups } from './groups.js';
import { lineKinds, Lines } from './lines.js';
import type { LabelMap } from '../parse/metric.js';
import type { MetadataPart } from '../parse/sink.js';
import { SeriesRegistry, type Resource } from './registry.js';

/** Lines and points that are looked at between two pauses. */
const atOnce = 4096;
/** A store is rebuilt when it has this many lines beyond twice those of the latest scrape. */
const spareLines = 1000;

/** Everything that is remembered of a target from scrape to scrape. */
export class ScrapeStore {
  readonly lines: Lines = new Lines();
  /** The number of a metric (4 bytes) and the encoded attributes: what makes a point. */
  readonly points: ByteStrings = new ByteStrings();
  readonly groups: Groups = new Groups();
  readonly buckets: Buckets = new Buckets();
  readonly registry: SeriesRegistry = new SeriesRegistry();
  readonly families: DescribedFamilies;
  /** The metadata that lines of comments describe, by line. */
  readonly comments: Map<number, { readonly metadata: Metadata; readonly part: MetadataPart }> = new Map();
  /** The resources that lines of `target_info` describe. */
  readonly infos: { readonly resource: Resource; readonly labels: LabelMap }[] = [];
  /** The number of the present scrape, from 1 on. */
  scrape: number;
  /** The latest scrape that succeeded and brought something. */
  good = 0;
  /** Lines that it had. */
  goodLines = 0;
  /** The first line of the latest scrape; -1 for none. */
  firstLine = -1;

  constructor(families: DescribedFamilies = new DescribedFamilies(), scrape = 0) {
    this.families = families;
    this.scrape = scrape;
  }

  /** Bytes of memory. */
  get memory(): number {
    return (
      this.lines.memory +
      this.points.memory +
      this.groups.memory +
      this.buckets.memory +
      this.registry.memory +
      this.families.memory +
      (this.comments.size + this.infos.length) * 200
    );
  }

  /** The number of the point with this metric and these attributes, which is added when it is not there. */
  point(metric: number, attributes: Uint8Array): number {
    const key = Buffer.allocUnsafe(4 + attributes.length);
    key.writeInt32LE(metric, 0);
    key.set(attributes, 4);
    const found = this.points.find(key, 0, key.length);
    if (found >= 0) return found;
    this.points.add(key, 0, key.length);
    return this.groups.add(metric);
  }

  /** All lines are to be read again: descriptions of families have changed. */
  resolveAnew(): void {
    this.lines.resolveAnew();
  }

  /** Whether the unused part of it is so large that it should be rebuilt. */
  get isSparse(): boolean {
    return Math.max(this.lines.table.count, this.groups.count) > this.goodLines * 2 + spareLines;
  }

  /** A store with the lines of the latest good scrape, which are read again at the next, and the live points. */
  *rebuilt(): InPieces<ScrapeStore> {
    const store = new ScrapeStore(this.families, this.scrape);
    store.good = this.good;
    store.goodLines = this.goodLines;
    const { table, seen } = this.lines;
    for (let i = 0; i < table.count; i++) {
      if (i % atOnce === atOnce - 1) yield;
      if (at32(seen, i) !== this.good || this.lines.kindOf(i) === lineKinds.comment) continue;
      const line = store.lines.add(table.bytes, table.from(i), table.to(i));
      store.lines.seen[line] = this.good;
      store.lines.follows[line] = line + 1;
      if (store.firstLine < 0) store.firstLine = line;
    }
    if (store.lines.table.count > 0) store.lines.follows[store.lines.table.count - 1] = -1;
    for (let group = 0; group < this.groups.count; group++) {
      if (group % atOnce === atOnce - 1) yield;
      if (this.groups.live[group] === 1) this.#moveGroup(group, store);
    }
    this.families.forget(this.scrape);
    return store;
  }

  #moveGroup(group: number, store: ScrapeStore): void {
    const metric = this.registry.metrics[at32(this.groups.metric, group)];
    if (!metric) return;
    const { resource, identity } = metric.scope;
    const newResource = store.registry.resource(resource.job, resource.instance);
    newResource.info = resource.info;
    newResource.infoSeen = resource.infoSeen;
    const scope = store.registry.scope(newResource, identity);
    const number = store.registry.metric(scope, metric.name, metric.form, metric.metadata);
    const attributes = this.points.bytes.subarray(this.points.from(group) + 4, this.points.to(group));
    const moved = store.point(number, attributes);
    store.groups.live[moved] = 1;
    store.groups.seen[moved] = at32(this.groups.seen, group);
    // Appended from the highest bound down, each is the first of the list.
    const bounds: number[] = [];
    for (let at = at32(this.groups.firstBucket, group); at >= 0; at = at32(this.buckets.next, at))
      bounds.push(floatAt(this.buckets.bound, at));
    for (const bound of bounds.toReversed()) store.buckets.of(store.groups, moved, bound);
  }
}
