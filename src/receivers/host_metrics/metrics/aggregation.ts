import { plus, type ProcNumber } from '../text/proc-number.js';
import type { PointAttribute } from './host-metric.js';
import type { Strategy } from './metric-options.js';

/** Rows by the values of the attributes, one level for each. */
type Branch = Map<PointAttribute, Branch | number>;

/** Points that are alike once an attribute is left out, made one. Kept between scrapes. */
export class PointAggregation {
  readonly #strategy: Strategy;
  /** How many attributes are kept. */
  readonly #width: number;
  readonly #rows: Branch = new Map();
  readonly #values: ProcNumber[] = [];
  readonly #counts: number[] = [];
  readonly #attributes: PointAttribute[] = [];

  constructor(strategy: Strategy, width: number) {
    this.#strategy = strategy;
    this.#width = width;
  }

  get length(): number {
    return this.#values.length;
  }

  /** `kept`: the values of the attributes that are kept. */
  add(value: ProcNumber, kept: readonly PointAttribute[]): void {
    const row = this.#rowOf(kept);
    const before = this.#values[row];
    this.#counts[row] = (this.#counts[row] ?? 0) + 1;
    this.#values[row] = before === undefined ? value : this.#joined(before, value);
  }

  /** The value of a row; `whole`: of a metric of whole numbers. */
  value(row: number, whole: boolean): ProcNumber {
    const value = this.#values[row] ?? 0;
    const count = this.#counts[row] ?? 1;
    if (this.#strategy !== 'avg' || count === 1) return value;
    if (typeof value === 'bigint') return value / BigInt(count);
    return whole ? Math.trunc(value / count) : value / count;
  }

  attribute(row: number, which: number): PointAttribute {
    return this.#attributes[row * this.#width + which] ?? '';
  }

  clear(): void {
    this.#rows.clear();
    this.#values.length = 0;
    this.#counts.length = 0;
    this.#attributes.length = 0;
  }

  #joined(a: ProcNumber, b: ProcNumber): ProcNumber {
    switch (this.#strategy) {
      case 'min':
        return b < a ? b : a;
      case 'max':
        return b > a ? b : a;
      case 'sum':
      case 'avg':
        return plus(a, b);
    }
  }

  #rowOf(kept: readonly PointAttribute[]): number {
    if (this.#width === 0) return 0;
    let branch = this.#rows;
    for (let level = 0; ; level++) {
      const key = kept[level] ?? '';
      const next = branch.get(key);
      if (typeof next === 'number') return next;
      if (level + 1 === this.#width) {
        const row = this.#values.length;
        branch.set(key, row);
        for (let i = 0; i < this.#width; i++) this.#attributes.push(kept[i] ?? '');
        return row;
      }
      if (next) branch = next;
      else {
        const fresh: Branch = new Map();
        branch.set(key, fresh);
        branch = fresh;
      }
    }
  }
}
