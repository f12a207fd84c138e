import { MemoryBound } from '../../aggregation/memory-bound.js';
import { ValueReader } from '../../aggregation/value-reader.js';
import { Values } from '../../aggregation/values.js';
import { key } from '../../otlp/view/key.js';
import { SeriesFamily } from './series-family.js';
import type { SpanMetricsPlan } from './plan.js';
import { Resources } from './resources.js';

const kinds = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'].map(
  (name) => `SPAN_KIND_${name}`,
);
const codes = ['UNSET', 'OK', 'ERROR'];

/** All that one connector counts, which a reload hands on to the connector in its place. */
export class SpanSeries {
  readonly plan: SpanMetricsPlan;
  readonly bound: MemoryBound;
  readonly values: Values;
  readonly resources: Resources;
  readonly families: readonly SeriesFamily[];
  /** Numbers of texts that every series may have: by kind and by status code, for others, and of sampling methods. */
  readonly kinds: readonly number[];
  readonly codes: readonly number[];
  readonly noText: number;
  readonly counted: number;
  readonly extrapolated: number;
  /** By family and column: the default of a dimension; 0: it has none. */
  readonly fallbacks: readonly (readonly number[])[];
  /** `collector.instance.id`. */
  readonly instanceId: string;
  /** A flush is under way, of whichever connector. */
  isFlushing = false;

  constructor(plan: SpanMetricsPlan, keys: readonly string[], maxBytes: number, instanceId: string) {
    this.plan = plan;
    this.instanceId = instanceId;
    this.bound = new MemoryBound(maxBytes);
    this.values = new Values(this.bound);
    const reader = new ValueReader(this.values);
    const constant = (text: string): number => {
      const bytes = Buffer.from(text);
      const id = reader.addText(bytes, 0, bytes.length);
      this.values.hold(id);
      return id;
    };
    this.noText = constant('');
    this.kinds = kinds.map(constant);
    // With the prefix an unset status has no attribute.
    this.codes = plan.hasOtelPrefix
      ? [0, ...codes.slice(1).map(constant)]
      : codes.map((code) => constant(`STATUS_CODE_${code}`));
    this.counted = constant('counted');
    this.extrapolated = constant('extrapolated');
    this.fallbacks = plan.families.map(({ columns }) =>
      columns.map(({ source }) =>
        source.of === 'attribute' && source.fallback !== undefined ? constant(source.fallback) : 0,
      ),
    );
    this.families = plan.families.map((family) => new SeriesFamily(family, plan, this.values, this.bound));
    this.resources = new Resources({
      ...{ values: this.values, bound: this.bound, families: this.families.length, keys: keys.map(key) },
      overflowBytes: this.families.reduce((sum, { table }) => sum + table.rowBytes, 0),
    });
  }

  /** Bytes of all buffers. */
  get reservedBytes(): number {
    return this.families.reduce(
      (sum, family) => sum + family.reservedBytes,
      this.values.reservedBytes + this.resources.reservedBytes,
    );
  }

  /** Series there are, overflow series included. */
  get count(): number {
    return this.families.reduce((sum, { table }) => sum + table.count, 0);
  }
}
