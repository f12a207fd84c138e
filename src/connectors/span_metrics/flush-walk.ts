import { writeSeriesAttributes, writeValueAttribute } from '../../aggregation/write-attributes.js';
import type { Batch } from '../../otlp/batch.js';
import { MetricBuilder, type Temporality } from '../../otlp/build/metrics.js';
import { key, type Key } from '../../otlp/view/key.js';
import { at32 } from '../../otlp/wire/at.js';
import { dataViewOf, type ViewedBytes } from '../../otlp/wire/viewed-bytes.js';
import type { InPieces } from '../../otlp/work.js';
import { shownState, type SeriesFamily } from './series-family.js';
import { builtInNames } from './dimension-config.js';
import { noRoom } from './resources.js';
import type { SpanSeries } from './span-series.js';

/** Series of one step: their points are written, and what was counted is settled, within a turn. */
const rowsAtOnce = 256;
/** Bytes of values that the series of a step may have: those of most are few. */
const mostValueBytes = 256 << 10;
/** Rows that are passed in a piece of work when none of them has a point. */
const rowsPerPiece = 8192;
/**
 * A batch is full with these bytes: with the points of one more step it is below 1 MiB, a quarter of what a gRPC server
 * takes by default, and the memory in which it is made serves for the next one.
 */
const fullBytes = 768 << 10;
const scopeName = 'spanmetricsconnector';
const instanceKey = key(builtInNames.instance);
const scopeNames = ['span.instrumentation.scope.name', 'span.instrumentation.scope.version'].map(key);
const overflowName = 'otel.metric.overflow';

export interface FlushRules {
  /** Milliseconds; 0: never. */
  readonly metricsExpiration: number;
  readonly seriesExpiration: number;
  /** Series without items that are remembered between two intervals of a delta metric. */
  readonly mostIdle: number;
  /** The component ends: every series is shown as it is. */
  readonly isLast: boolean;
}

/**
 * One flush: walks the series, a resource after the other, and makes batches of their points. Expired series and
 * evicted resources go when all that was counted in them has been shown.
 */
export class FlushWalk {
  readonly #series: SpanSeries;
  readonly #rules: FlushRules;
  readonly #clock: { now(): number; unixMs(): number };
  readonly #temporality: Temporality;
  readonly #instanceId: ViewedBytes;
  readonly #names: readonly (readonly (Key | undefined)[])[];
  readonly #builder: MetricBuilder = new MetricBuilder();
  /** Rows of the current step that have points. */
  readonly #rows: Int32Array = new Int32Array(rowsAtOnce);
  /** When the flush began, monotonic milliseconds. */
  readonly #now: number;
  /** Where it stands: resource, family, and the next row; -1: behind the last. */
  #resource = -1;
  #family = 0;
  #next = -1;
  #isDone = false;
  /** The resource is removed behind this flush. */
  #isLeaving = false;
  /** The resource that the builder has open. */
  #open = -1;
  #unixMs = 0;
  /** Rows that were passed. */
  #passed = 0;
  /** Series without items so far. */
  #idle = 0;

  constructor(series: SpanSeries, rules: FlushRules, clock: { now(): number; unixMs(): number }) {
    this.#series = series;
    this.#rules = rules;
    this.#clock = clock;
    this.#temporality = series.plan.isDelta ? 'delta' : 'cumulative';
    this.#now = clock.now();
    const instanceId = Buffer.from(series.instanceId);
    this.#instanceId = { bytes: instanceId, view: dataViewOf(instanceId) };
    const hasScopes = series.plan.scopes.length > 0;
    this.#names = series.families.map(({ plan: { columns } }) => [
      ...columns.map(({ name }) => name),
      ...(hasScopes ? scopeNames : []),
    ]);
  }

  /**
   * Makes the next batch; undefined when there is none. Its points have the time at which it was begun, or that of
   * their start where it is later.
   */
  *next(): InPieces<Batch | undefined> {
    this.#unixMs = this.#clock.unixMs();
    const builder = this.#builder;
    let passed = this.#passed;
    let items = 0;
    while (this.#step()) {
      if (builder.size >= fullBytes) break;
      if (builder.itemCount === items && this.#passed - passed < rowsPerPiece) continue;
      passed = this.#passed;
      items = builder.itemCount;
      yield;
    }
    this.#open = -1;
    return builder.itemCount === 0 ? undefined : builder.finish();
  }

  /** Passes up to `rowsAtOnce` rows of a resource and family; false behind the last. */
  #step(): boolean {
    const { families } = this.#series;
    while (this.#next < 0) if (this.#isDone || !this.#nextFamily()) return false;
    const family = families[this.#family] as SeriesFamily;
    const overflow = this.#series.resources.overflowOf(this.#resource, this.#family);
    let used = 0;
    let bytes = 0;
    let row = this.#next;
    for (let left = rowsAtOnce; row >= 0 && left > 0 && bytes < mostValueBytes; left--) {
      const next = family.table.nextOf(row);
      if (this.#hasPoint(family, row)) {
        this.#rows[used++] = row;
        bytes += family.table.valueBytes(row);
      } else this.#settleIdle(family, row, overflow);
      this.#passed++;
      row = next;
    }
    this.#next = row;
    if (used > 0) this.#write(family, used, overflow);
    for (let i = 0; i < used; i++) this.#settle(family, at32(this.#rows, i), overflow);
    return true;
  }

  /** Moves to the next family that has rows; false behind the last. */
  #nextFamily(): boolean {
    const { families, resources } = this.#series;
    this.#family++;
    while (this.#resource < 0 || this.#family >= families.length) {
      if (this.#resource >= 0) this.#leave();
      if (++this.#resource >= resources.end) {
        this.#isDone = true;
        return false;
      }
      this.#family = 0;
      this.#passed++;
      this.#isLeaving = resources.isEvicted(this.#resource);
    }
    this.#next = (families[this.#family] as SeriesFamily).table.firstOf(this.#resource);
    if (resources.isThere(this.#resource)) resources.setExploded(this.#resource, this.#family, -1);
    return true;
  }

  /** Evicts, or removes, a resource that leaves, unless it came again meanwhile. */
  #leave(): void {
    const { resources, families } = this.#series;
    const { metricsExpiration } = this.#rules;
    const number = this.#resource;
    if (this.#isLeaving) {
      const isEmpty = families.every(({ table }) => table.countOf(number) === 0);
      if (isEmpty && resources.seenAt(number) <= this.#now) resources.remove(number);
    } else if (metricsExpiration > 0 && this.#now - resources.seenAt(number) >= metricsExpiration)
      // It is shown once more, as in the Collector.
      resources.evict(number);
  }

  /** Whether a row is shown in this flush. */
  #hasPoint(family: SeriesFamily, row: number): boolean {
    return !this.#series.plan.isDelta || family.countOf(row) > 0;
  }

  #isExpired(family: SeriesFamily, row: number): boolean {
    const { seriesExpiration } = this.#rules;
    return seriesExpiration > 0 && this.#now - family.seenAt(row) >= seriesExpiration;
  }

  /** Whether this flush is the last that shows a series. */
  #isLastOf(family: SeriesFamily, row: number): boolean {
    return this.#rules.isLast || this.#isLeaving || this.#isExpired(family, row);
  }

  /** Writes the points of the rows of this step: those of the metric that counts, then those of the durations. */
  #write(family: SeriesFamily, used: number, overflow: number): void {
    const { counts, measures } = family.plan;
    const builder = this.#builder;
    if (this.#open !== this.#resource) this.#openResource();
    if (counts !== undefined) {
      builder.metric(counts).sum(this.#temporality, true);
      for (let i = 0; i < used; i++) this.#writeCount(family, at32(this.#rows, i), overflow);
    }
    if (measures === undefined) return;
    builder.metric(measures, this.#series.plan.unit);
    if ('bounds' in this.#series.plan.buckets) builder.histogram(this.#temporality);
    else builder.exponentialHistogram(this.#temporality);
    for (let i = 0; i < used; i++) {
      const row = at32(this.#rows, i);
      this.#point(family, row);
      family.durations?.write(row, builder);
      this.#finishPoint(family, row, overflow);
    }
  }

  /**
   * A new cumulative series begins with 0, so that a rate sees its first items, and shows its count in the next flush.
   * If there is none it shows both: the 0 at the time when it began, unless that is the time of the count.
   */
  #writeCount(family: SeriesFamily, row: number, overflow: number): void {
    const builder = this.#builder;
    const isNew = !this.#series.plan.isDelta && family.shownOf(row) === shownState.nothing;
    const isLast = this.#isLastOf(family, row);
    const start = family.startOf(row);
    if (isNew && isLast && start < this.#timeOf(family, row)) {
      builder.point(start).start(start).int(0);
      this.#writeAttributes(family, row, overflow);
    }
    this.#point(family, row).int(isNew && !isLast ? 0 : family.countOf(row));
    this.#finishPoint(family, row, overflow);
  }

  #point(family: SeriesFamily, row: number): MetricBuilder {
    return this.#builder.point(this.#timeOf(family, row)).start(family.startOf(row));
  }

  /** The time of a point: no series ends before it began, which may have been while the batch was made. */
  #timeOf(family: SeriesFamily, row: number): number {
    return Math.max(this.#unixMs, family.startOf(row));
  }

  #finishPoint(family: SeriesFamily, row: number, overflow: number): void {
    this.#writeAttributes(family, row, overflow);
    family.exemplars?.write(row, this.#timeOf(family, row), this.#builder);
  }

  #writeAttributes(family: SeriesFamily, row: number, overflow: number): void {
    const { values, plan } = this.#series;
    if (row === overflow) {
      this.#builder.attribute(overflowName, true);
      return;
    }
    writeSeriesAttributes(family.table, row, this.#names[this.#family] as (Key | undefined)[], values, this.#builder);
    const { bytes } = this.#instanceId;
    if (plan.hasInstanceId) this.#builder.textAttribute(instanceKey, this.#instanceId, 0, bytes.length);
  }

  #openResource(): void {
    const { plan, resources, values } = this.#series;
    this.#open = this.#resource;
    this.#builder.resource();
    if (plan.hasResource && this.#resource !== noRoom)
      writeValueAttribute(resources.attributesOf(this.#resource), undefined, values, this.#builder);
    this.#builder.scope(scopeName);
  }

  /** The consequences of the points of a row. */
  #settle(family: SeriesFamily, row: number, overflow: number): void {
    family.exemplars?.clear(row);
    if (this.#series.plan.isDelta) {
      if (row !== overflow) this.#series.resources.addActive(this.#resource, this.#family, -1);
      family.restart(row, this.#timeOf(family, row));
      if (this.#isLeaving) this.#remove(family, row, overflow);
      return;
    }
    const isLast = this.#isLastOf(family, row);
    const showsZero = family.plan.counts !== undefined && family.shownOf(row) === shownState.nothing && !isLast;
    family.setShown(row, showsZero ? shownState.zero : shownState.values);
    if (isLast && !this.#rules.isLast) this.#remove(family, row, overflow);
  }

  /** A row in which nothing was counted in this interval. */
  #settleIdle(family: SeriesFamily, row: number, overflow: number): void {
    const { bound } = this.#series;
    this.#idle++;
    const isTight = !bound.fitsUncharged(0);
    if (this.#idle > this.#rules.mostIdle || isTight || this.#isLeaving || this.#isExpired(family, row))
      this.#remove(family, row, overflow);
  }

  #remove(family: SeriesFamily, row: number, overflow: number): void {
    const { resources, plan } = this.#series;
    const isOverflow = row === overflow;
    if (isOverflow) resources.setOverflow(this.#resource, this.#family, -1);
    else {
      resources.charge(this.#resource, -(family.table.rowBytes + family.table.valueBytes(row)));
      if (!plan.isDelta) resources.addActive(this.#resource, this.#family, -1);
    }
    family.remove(row, isOverflow);
  }
}
