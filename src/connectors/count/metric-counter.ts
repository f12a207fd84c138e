import { ByteRuns } from '../../aggregation/byte-runs.js';
import { KeyedRows } from '../../aggregation/keyed-rows.js';
import { checkMetricsSize } from '../../aggregation/metrics-limit.js';
import { NumberRows } from '../../aggregation/number-rows.js';
import { ValueKey } from '../../aggregation/value-key.js';
import { attributesFor } from '../../otlp/build/builder.js';
import type { MetricBuilder } from '../../otlp/build/metrics.js';
import { findAttribute } from '../../otlp/view/attributes.js';
import type { Key } from '../../otlp/view/key.js';
import { ValueView } from '../../otlp/view/value.js';
import type { BatchScene, ScenePlace } from '../../ottl/contexts/batch-scene.js';
import type { Condition } from '../../ottl/statement.js';

export interface CountedAttribute {
  readonly key: Key;
  /** Undefined: an item without the attribute is not counted. */
  readonly fallback: ValueView | undefined;
}

export interface CountPlan {
  readonly name: string;
  readonly description: string;
  /** One that holds is enough; all items are counted when there is none. */
  readonly conditions: readonly Condition[];
  readonly attributes: readonly CountedAttribute[];
}

/** When the items of a resource were, in milliseconds since the epoch, with nanoseconds beyond them. */
export interface CountedTimes {
  readonly startMs: number;
  readonly startNanos: number;
  readonly endMs: number;
  readonly endNanos: number;
}

const field = { resource: 0, count: 1 } as const;
/** Rows whose memory is kept for the next batch. */
const mostKept = 1 << 14;

/** Counts the items of one batch for one metric: a row for each resource and combination of values. */
export class MetricCounter {
  readonly #plan: CountPlan;
  /** Where attributes are looked for, the first place first. */
  readonly #places: readonly ScenePlace[];
  readonly #views: readonly ValueView[];
  /** The values of the item: views, or fallbacks. */
  readonly #values: ValueView[];
  readonly #key: ValueKey = new ValueKey();
  readonly #rows: KeyedRows = new KeyedRows();
  readonly #attributes: ByteRuns = new ByteRuns();
  #numbers: NumberRows = new NumberRows(2);
  /** The next row to be written. */
  #written = 0;

  constructor(plan: CountPlan, places: readonly ScenePlace[]) {
    this.#plan = plan;
    this.#places = places;
    this.#views = plan.attributes.map(() => new ValueView());
    this.#values = [...this.#views];
  }

  /**
   * Counts the item of a scene when it has the attributes and a condition holds. Throws an `OttlError`, and a
   * `DeliveryError` when the points outgrow their bound.
   */
  count(scene: BatchScene, resource: number): void {
    if (!this.#readKey(scene, resource) || !this.#isCounted(scene)) return;
    let row = this.#rows.find(this.#key);
    if (row < 0) row = this.#add(resource);
    this.#numbers.add(row, field.count, 1);
  }

  /** Whether the next resource to be written has points. */
  hasPointsOf(resource: number): boolean {
    return this.#written < this.#rows.count && this.#numbers.get(this.#written, field.resource) === resource;
  }

  /** Begins the metric of a resource, whose points follow. */
  begin(to: MetricBuilder): void {
    to.metric(this.#plan.name, '', this.#plan.description).sum('delta', true);
  }

  /** Writes up to `most` points of a resource; true when there are more. Resources come in the order of the batch. */
  write(resource: number, times: CountedTimes, to: MetricBuilder, most: number): boolean {
    const { startMs, startNanos, endMs, endNanos } = times;
    for (let left = most; left > 0 && this.hasPointsOf(resource); left--) {
      const row = this.#written++;
      to.point(endMs, endNanos).start(startMs, startNanos).int(this.#numbers.get(row, field.count));
      to.encoded(this.#attributes.bytes, this.#attributes.start(row), this.#attributes.end(row));
    }
    return this.hasPointsOf(resource);
  }

  /** Forgets the batch. */
  clear(): void {
    if (this.#rows.count > mostKept) this.#numbers = new NumberRows(2);
    this.#rows.clear();
    this.#attributes.clear();
    this.#written = 0;
  }

  #isCounted(scene: BatchScene): boolean {
    const { conditions } = this.#plan;
    for (const condition of conditions) if (condition.matches(scene)) return true;
    return conditions.length === 0;
  }

  /** Makes the key of the item; false when it lacks an attribute. */
  #readKey(scene: BatchScene, resource: number): boolean {
    const { attributes } = this.#plan;
    const key = this.#key.clear();
    key.number(resource);
    for (let i = 0; i < attributes.length; i++) {
      const { key: name, fallback } = attributes[i] as CountedAttribute;
      const view = this.#views[i] as ValueView;
      const value = this.#find(scene, name, view) ? view : fallback;
      if (value === undefined) return false;
      this.#values[i] = value;
      key.value(value);
    }
    return true;
  }

  #find(scene: BatchScene, key: Key, into: ValueView): boolean {
    for (const place of this.#places) if (findAttribute(scene.fields(place), key, into.fields)) return true;
    return false;
  }

  #add(resource: number): number {
    const row = this.#rows.add(this.#key);
    this.#numbers.clear(row);
    this.#numbers.set(row, field.resource, resource);
    const { attributes } = this.#plan;
    const shown = this.#values.map((value, i) => [(attributes[i] as CountedAttribute).key.text, value] as const);
    const encoded = attributesFor('NumberDataPoint', shown);
    this.#attributes.add(encoded, 0, encoded.length);
    checkMetricsSize(this.#attributes.size);
    return row;
  }
}
