import type { Batch } from '../otlp/batch.js';
import { ByteCache, type ByteEntry } from '../otlp/keys/byte-table.js';
import { KeyBytes } from '../otlp/keys/key-bytes.js';
import { BatchCursor } from '../otlp/view/batch-cursor.js';
import { MetricView } from '../otlp/view/metric.js';
import type { PointView } from '../otlp/view/points.js';
import type { LabelRules, NoSeries } from './label-rules.js';
import type { Label } from './labels.js';
import { metricNames, type MetricNames } from './metric-names.js';
import { resourceNames, type ResourceNames } from './resource-names.js';
import { scopeNames, type ScopeNames } from './scope-names.js';
import { seriesLabels } from './series-labels.js';

/** Bytes of memory of an entry of a cache beside its key: objects and texts, counted generously. */
const objects = 512;

/** Refusals that the owner of the series may take back. */
const passing: ReadonlySet<unknown> = new Set<NoSeries>(['type_conflict', 'series_limit']);

/** An entry before it has its place in a cache. */
type Unkeyed<E extends ByteEntry> = Omit<E, keyof ByteEntry>;

/** The series of one stream of points: the caller's own, or why there is none. */
export interface PointStream<S> extends ByteEntry {
  series: S | NoSeries;
}

/** Streams by the bytes of their points' attributes, and the numbers of what stands around them. */
export interface PointStreams<S> {
  find(bytes: Uint8Array, from: number, to: number, hash: number): PointStream<S> | undefined;
  add(stream: PointStream<S>): void;
}

/**
 * Names, labels and series, remembered by the bytes that they were made of: of what comes again nothing is made again.
 * Bounded; whatever was forgotten is made anew.
 */
export class NameCaches<S> {
  readonly rules: LabelRules;
  readonly resources: ByteCache<ResourceNames>;
  readonly scopes: ByteCache<ScopeNames>;
  readonly metrics: ByteCache<MetricNames>;
  readonly streams: PointStreams<S>;
  /** Finds or makes the series with these names; its own key decides whether it is the same. */
  readonly seriesOf: (metric: MetricNames, name: string, labels: readonly Label[]) => S | NoSeries;
  #made = 0;

  /**
   * @param limit - bytes that names of resources, scopes and metrics may take, each
   * @param streams - where the series of streams are kept
   */
  constructor(rules: LabelRules, limit: number, streams: PointStreams<S>, seriesOf: NameCaches<S>['seriesOf']) {
    this.rules = rules;
    this.streams = streams;
    this.seriesOf = seriesOf;
    this.resources = new ByteCache(limit, ({ key }) => key.length * 4 + objects);
    this.scopes = new ByteCache(limit, ({ key }) => key.length * 4 + objects);
    this.metrics = new ByteCache(limit, ({ key }) => key.length * 4 + objects);
  }

  /** A number that no other entry has. */
  nextId(): number {
    return ++this.#made;
  }
}

/** Bytes of memory that a stream takes, beside its series. */
export function streamBytes<S>({ key }: PointStream<S>): number {
  return key.length + objects / 2;
}

/**
 * Walks the data points of batches, each with its names and its series. It makes no object for a point of a stream that
 * it knows.
 * ```
 * for (cursor.open(batch); cursor.next();) store(cursor.series(), cursor.point);
 * ```
 */
export class PointCursor<S> {
  readonly #caches: NameCaches<S>;
  readonly #items: BatchCursor<MetricView> = new BatchCursor(new MetricView());
  readonly #key: KeyBytes = new KeyBytes();
  #resourceRow = -1;
  #scopeRow = -1;
  #resource: ResourceNames | undefined;
  #scope: ScopeNames | undefined;
  #metric: MetricNames | undefined;
  #point: PointView | undefined;
  /** Number of the present point in the batch, as `partition` counts. */
  unit = -1;

  constructor(caches: NameCaches<S>) {
    this.#caches = caches;
  }

  open(batch: Batch): this {
    this.#items.open(batch);
    this.#resourceRow = this.#scopeRow = this.unit = -1;
    this.#point = undefined;
    return this;
  }

  /** Lets go of the batch, for a loop that is left before its end. */
  close(): void {
    this.#items.close();
    this.#point = undefined;
  }

  /** The metric of the present point, as it was sent. */
  get item(): MetricView {
    return this.#items.item;
  }

  get metric(): MetricNames {
    return this.#metric ?? outside();
  }

  get resource(): ResourceNames {
    return this.#resource ?? outside();
  }

  get point(): PointView {
    return this.#point ?? outside();
  }

  next(): boolean {
    while (!this.#point?.next()) {
      if (!this.#items.next()) {
        this.#point = undefined;
        return false;
      }
      this.#enter();
      this.#point = this.#items.item.points();
      this.unit = this.#items.unit - 1;
    }
    this.unit++;
    return true;
  }

  /** Names what stands around the points of the present metric. Makes nothing of what is remembered. */
  #enter(): void {
    const items = this.#items;
    const { resources, scopes, metrics } = this.#caches;
    if (items.resourceRow !== this.#resourceRow) {
      this.#resourceRow = items.resourceRow;
      this.#scopeRow = -1;
      this.#key.reset().message(items.resource);
      this.#resource = this.#remembered(resources) ?? this.#remember(resources, this.#newResource());
    }
    if (items.scopeRow !== this.#scopeRow) {
      this.#scopeRow = items.scopeRow;
      this.#key.reset().range(items.scopeSchemaUrl).message(items.scope);
      this.#scope = this.#remembered(scopes) ?? this.#remember(scopes, this.#newScope());
    }
    const metric = items.item;
    const key = this.#key
      .reset()
      .range(metric.name)
      .range(metric.unit)
      .range(metric.description)
      .text(metric.type)
      .byte(metric.isMonotonic ? 1 : 0)
      .byte(metric.aggregationTemporality);
    for (const entry = metric.metadata(); entry.next();) key.message(entry);
    this.#metric = this.#remembered(metrics) ?? this.#remember(metrics, this.#newMetric());
  }

  #newResource(): Unkeyed<ResourceNames> {
    return { id: this.#caches.nextId(), ...resourceNames(this.#items.resource, this.#caches.rules) };
  }

  #newScope(): Unkeyed<ScopeNames> {
    const { scope, scopeSchemaUrl } = this.#items;
    return { id: this.#caches.nextId(), ...scopeNames(scope, scopeSchemaUrl.toString(), this.#caches.rules) };
  }

  #newMetric(): Unkeyed<MetricNames> {
    return { id: this.#caches.nextId(), ...metricNames(this.#items.item, this.#caches.rules.names) };
  }

  /** The entry of a cache with the present key. */
  #remembered<E extends ByteEntry>(cache: ByteCache<E>): E | undefined {
    const key = this.#key;
    return cache.find(key.bytes, 0, key.length, key.hash);
  }

  #remember<E extends ByteEntry>(cache: ByteCache<E>, named: Unkeyed<E>): E {
    const { hash } = this.#key;
    // The one cast: the rest of an entry and its key are the entry.
    const entry = { ...named, hash, key: this.#key.copy(), chained: undefined } as unknown as E;
    cache.add(entry);
    return entry;
  }

  /** The series of the present point, made when there is none. */
  series(): S | NoSeries {
    const { metric, resource, point } = this;
    const scope = this.#scope ?? outside();
    if (metric.name === undefined) return 'no_name';
    const key = this.#key.reset().number(resource.id).number(scope.id).number(metric.id).attributes(point);
    const { streams } = this.#caches;
    const { hash } = key;
    const known = streams.find(key.bytes, 0, key.length, hash);
    if (known) return known.series;
    const own = key.copy();
    const series = this.#make(point, metric, metric.name, resource, scope);
    if (!passing.has(series)) streams.add({ hash, key: own, chained: undefined, series });
    return series;
  }

  #make(point: PointView, metric: MetricNames, name: string, resource: ResourceNames, scope: ScopeNames): S | NoSeries {
    const own = metric.kind === 'histogram' ? 'le' : metric.kind === 'summary' ? 'quantile' : undefined;
    const labels = seriesLabels(point, resource, scope, this.#caches.rules, own);
    return typeof labels === 'string' ? labels : this.#caches.seriesOf(metric, name, labels);
  }
}

function outside(): never {
  throw new Error('the cursor stands before the first point or behind the last');
}
