import { ByteRuns } from '../../aggregation/byte-runs.js';
import { KeyedRows } from '../../aggregation/keyed-rows.js';
import { checkMetricsSize } from '../../aggregation/metrics-limit.js';
import { NumberRows } from '../../aggregation/number-rows.js';
import { ValueKey } from '../../aggregation/value-key.js';
import { attributesFor } from '../../otlp/build/builder.js';
import type { MetricBuilder } from '../../otlp/build/metrics.js';
import type { BatchScene, ScenePlace } from '../../ottl/contexts/batch-scene.js';
import type { ConditionSequence } from '../../ottl/sequence.js';
import type { SelectedAttribute } from './config.js';
import type { OutputResources } from './output-resources.js';
import { pointValuesOf, type MeasureKind, type PointValues } from './point-values.js';
import { AttributeSelection } from './selection.js';

export interface MakerPlan {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  /** Undefined: all items. */
  readonly conditions: ConditionSequence | undefined;
  readonly attributes: readonly SelectedAttribute[];
  /** Number of the attributes that it keeps of resources. */
  readonly resources: number;
  readonly kind: MeasureKind;
}

/** The messages of the points of each kind; they have their attributes under different numbers. */
const messages = {
  sum: 'NumberDataPoint',
  gauge: 'NumberDataPoint',
  histogram: 'HistogramDataPoint',
  exponential: 'ExponentialHistogramDataPoint',
} as const;

const field = { next: 0 } as const;
/** Rows whose memory is kept for the next batch. */
const mostKept = 1 << 14;

/** Makes the points of one metric of the items of one batch. */
export class MetricMaker {
  readonly #plan: MakerPlan;
  readonly #place: ScenePlace | undefined;
  readonly #selection: AttributeSelection;
  readonly #values: PointValues;
  readonly #key: ValueKey = new ValueKey();
  readonly #rows: KeyedRows = new KeyedRows();
  readonly #attributes: ByteRuns = new ByteRuns();
  #numbers: NumberRows = new NumberRows(1);
  /** By number of the resource: one more than its first and its last row; 0: none. */
  #firsts: Int32Array = new Int32Array(16);
  #lasts: Int32Array = new Int32Array(16);

  constructor(plan: MakerPlan, place: ScenePlace | undefined) {
    this.#plan = plan;
    this.#place = place;
    this.#selection = new AttributeSelection(plan.attributes, true);
    this.#values = pointValuesOf(plan.kind);
  }

  /**
   * Adds the item of a scene when it has the attributes and a condition holds. Throws an `OttlError`, and a
   * `DeliveryError` when the points outgrow their bound.
   */
  add(scene: BatchScene, resourceRow: number, resources: OutputResources): void {
    const { conditions, resources: selection } = this.#plan;
    if (!this.#selection.find(this.#place && scene.fields(this.#place))) return;
    if (conditions && !conditions.matches(scene)) return;
    if (!this.#values.read(scene)) return;
    const resource = resources.numberOf(resourceRow, scene.fields('resource'), selection);
    const key = this.#key.clear();
    key.number(resource);
    this.#selection.addTo(key);
    const known = this.#rows.find(key);
    this.#values.add(known < 0 ? this.#begin(resource) : known);
  }

  /** The first row of a resource; -1 when it has none. */
  firstOf(resource: number): number {
    return (this.#firsts[resource] ?? 0) - 1;
  }

  /** Begins the metric of a resource, whose points follow. */
  begin(to: MetricBuilder): void {
    this.#values.writeKind(to.metric(this.#plan.name, this.#plan.unit, this.#plan.description));
  }

  /** Writes up to `most` points from a row on, and returns the row behind them; -1 behind the last. */
  write(row: number, unixMs: number, to: MetricBuilder, most: number): number {
    let next = row;
    for (let left = most; left > 0 && next >= 0; left--) {
      to.point(unixMs).encoded(this.#attributes.bytes, this.#attributes.start(next), this.#attributes.end(next));
      this.#values.write(next, to);
      next = this.#numbers.get(next, field.next) - 1;
    }
    return next;
  }

  /** Forgets the batch. */
  clear(resources: number): void {
    const rows = this.#rows.count;
    this.#values.clear(rows);
    if (rows > mostKept) this.#numbers = new NumberRows(1);
    if (resources > mostKept) {
      this.#firsts = new Int32Array(16);
      this.#lasts = new Int32Array(16);
    }
    this.#firsts.fill(0, 0, resources);
    this.#lasts.fill(0, 0, resources);
    this.#rows.clear();
    this.#attributes.clear();
  }

  #begin(resource: number): number {
    const row = this.#rows.add(this.#key);
    this.#numbers.clear(row);
    this.#values.begin(row);
    const encoded = attributesFor(messages[this.#plan.kind.kind], this.#selection);
    this.#attributes.add(encoded, 0, encoded.length);
    checkMetricsSize(this.#attributes.size);
    this.#firsts = withRoom(this.#firsts, resource + 1);
    this.#lasts = withRoom(this.#lasts, resource + 1);
    const last = (this.#lasts[resource] ?? 0) - 1;
    if (last >= 0) this.#numbers.set(last, field.next, row + 1);
    else this.#firsts[resource] = row + 1;
    this.#lasts[resource] = row + 1;
    return row;
  }
}

function withRoom(numbers: Int32Array, needed: number): Int32Array {
  if (needed <= numbers.length) return numbers;
  const more = new Int32Array(Math.max(needed, numbers.length * 2));
  more.set(numbers);
  return more;
}
