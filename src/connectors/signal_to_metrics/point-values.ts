import { ExplicitHistograms } from '../../aggregation/explicit-histograms.js';
import { exponentialSize } from '../../aggregation/exponential-histograms.js';
import { MemoryBound } from '../../aggregation/memory-bound.js';
import { SignedHistograms } from '../../aggregation/signed-histograms.js';
import type { MetricBuilder } from '../../otlp/build/metrics.js';
import type { Expression } from '../../ottl/expression.js';
import { OttlError } from '../../ottl/ottl-error.js';
import type { Scene } from '../../ottl/scene.js';
import { typeName, type Value } from '../../ottl/value.js';

/** The type of a metric, and the expressions of its points. */
export type MeasureKind =
  | { readonly kind: 'sum'; readonly monotonic: boolean; readonly value: Expression }
  | { readonly kind: 'gauge'; readonly value: Expression }
  | {
      readonly kind: 'histogram';
      readonly bounds: readonly number[];
      readonly value: Expression;
      readonly count: Count;
    }
  | { readonly kind: 'exponential'; readonly maxSize: number; readonly value: Expression; readonly count: Count };

/** Undefined: each item counts once. */
export type Count = Expression | undefined;

/** The values of the points of one metric, by row. */
export interface PointValues {
  /** Reads the value of an item; false when it counts nothing. Throws an `OttlError` where there is none. */
  read(scene: Scene): boolean;
  /** Makes room for a new row. */
  begin(row: number): void;
  /** Adds the value that was read to a row. */
  add(row: number): void;
  /** Writes what the metric is. */
  writeKind(to: MetricBuilder): void;
  /** Writes the value of the open point. */
  write(row: number, to: MetricBuilder): void;
  /** Gives back what the rows before `rows` hold. */
  clear(rows: number): void;
}

export function pointValuesOf(metric: MeasureKind): PointValues {
  switch (metric.kind) {
    case 'sum':
    case 'gauge':
      return new Numbers(metric);
    case 'histogram':
      return new Histograms(metric);
    case 'exponential':
      return new Exponentials(metric);
  }
}

/** Sums and last values: an int64 as long as all of a row are ints, else a double. */
class Numbers implements PointValues {
  readonly #metric: Extract<MeasureKind, { kind: 'sum' | 'gauge' }>;
  #ints: BigInt64Array = new BigInt64Array(64);
  #doubles: Float64Array = new Float64Array(64);
  /** 1 for a row of doubles. */
  #isDouble: Uint8Array = new Uint8Array(64);
  #read: bigint | number = 0n;

  constructor(metric: Extract<MeasureKind, { kind: 'sum' | 'gauge' }>) {
    this.#metric = metric;
  }

  read(scene: Scene): boolean {
    const value = this.#metric.value.get(scene);
    if (typeof value !== 'bigint' && typeof value !== 'number')
      throw new OttlError(
        `failed to parse ${this.#metric.kind} OTTL value of type ${shown(value)} into int64 or float64`,
      );
    this.#read = value;
    return true;
  }

  begin(row: number): void {
    if (row >= this.#ints.length) this.#grow();
    this.#ints[row] = 0n;
    this.#doubles[row] = 0;
    this.#isDouble[row] = 0;
  }

  add(row: number): void {
    const value = this.#read;
    const isSum = this.#metric.kind === 'sum';
    const wasDouble = this.#isDouble[row] === 1;
    if (typeof value === 'bigint' && !(isSum && wasDouble)) {
      this.#ints[row] = isSum ? (this.#ints[row] ?? 0n) + value : value;
      this.#isDouble[row] = 0;
      return;
    }
    const before = wasDouble ? (this.#doubles[row] ?? 0) : Number(this.#ints[row]);
    this.#doubles[row] = isSum ? before + Number(value) : Number(value);
    this.#isDouble[row] = 1;
  }

  writeKind(to: MetricBuilder): void {
    if (this.#metric.kind === 'sum') to.sum('delta', this.#metric.monotonic);
    else to.gauge();
  }

  write(row: number, to: MetricBuilder): void {
    if (this.#isDouble[row] === 1) to.double(this.#doubles[row] ?? 0);
    else to.int(this.#ints[row] ?? 0n);
  }

  clear(rows: number): void {
    if (rows > mostKept) {
      this.#ints = new BigInt64Array(64);
      this.#doubles = new Float64Array(64);
      this.#isDouble = new Uint8Array(64);
    }
  }

  #grow(): void {
    const length = this.#ints.length * 2;
    const [ints, doubles, isDouble] = [this.#ints, this.#doubles, this.#isDouble];
    this.#ints = new BigInt64Array(length);
    this.#ints.set(ints);
    this.#doubles = new Float64Array(length);
    this.#doubles.set(doubles);
    this.#isDouble = new Uint8Array(length);
    this.#isDouble.set(isDouble);
  }
}

/** Rows whose memory is kept for the next batch. */
const mostKept = 1 << 14;

/** The part that histograms of both kinds share. */
abstract class Measured {
  readonly #value: Expression;
  readonly #count: Count;
  protected value = 0;
  protected count = 1;

  constructor({ value, count }: { readonly value: Expression; readonly count: Count }) {
    this.#value = value;
    this.#count = count;
  }

  read(scene: Scene): boolean {
    this.value = numberOf(this.#value.get(scene), 'double');
    if (!Number.isFinite(this.value)) throw new OttlError(`a histogram cannot have the value ${this.value}`);
    this.count = this.#count ? Math.trunc(numberOf(this.#count.get(scene), 'int')) : 1;
    return this.count > 0;
  }
}

class Histograms extends Measured implements PointValues {
  readonly #bounds: readonly number[];
  #histograms: ExplicitHistograms;

  constructor(metric: Extract<MeasureKind, { kind: 'histogram' }>) {
    super(metric);
    this.#bounds = metric.bounds;
    this.#histograms = new ExplicitHistograms(metric.bounds);
  }

  begin(row: number): void {
    this.#histograms.begin(row);
  }

  add(row: number): void {
    this.#histograms.observe(row, this.value, this.count);
  }

  writeKind(to: MetricBuilder): void {
    to.histogram('delta');
  }

  write(row: number, to: MetricBuilder): void {
    this.#histograms.write(row, to);
  }

  clear(rows: number): void {
    if (rows > mostKept) this.#histograms = new ExplicitHistograms(this.#bounds);
  }
}

class Exponentials extends Measured implements PointValues {
  readonly #size: number;
  #histograms: SignedHistograms;

  constructor(metric: Extract<MeasureKind, { kind: 'exponential' }>) {
    super(metric);
    this.#size = exponentialSize(metric.maxSize);
    this.#histograms = this.#made();
  }

  begin(row: number): void {
    this.#histograms.begin(row);
  }

  add(row: number): void {
    this.#histograms.observe(row, this.value, this.count);
  }

  writeKind(to: MetricBuilder): void {
    to.exponentialHistogram('delta');
  }

  write(row: number, to: MetricBuilder): void {
    this.#histograms.write(row, to);
  }

  clear(rows: number): void {
    if (rows > mostKept) this.#histograms = this.#made();
    else for (let row = 0; row < rows; row++) this.#histograms.clear(row);
  }

  /** They live as long as a batch, whose size bounds them. */
  #made(): SignedHistograms {
    return new SignedHistograms(this.#size, new MemoryBound(Infinity));
  }
}

function numberOf(value: Value, type: 'double' | 'int'): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  throw new OttlError(`failed to parse ${type} OTTL value, expression returned value of type ${shown(value)}`);
}

function shown(value: Value): string {
  return value === undefined ? '<nil>' : typeName(value);
}
