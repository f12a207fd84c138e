/** The types that a page can say of a family. */
export type FamilyType = 'counter' | 'gauge' | 'histogram' | 'summary' | 'unknown';

/** All series of one name. */
export interface ExposedFamily {
  readonly name: string;
  readonly type: FamilyType;
  readonly help: string;
}

/** Buckets next to each other: the first has the index `offset`, as OTLP numbers them. */
export interface BucketRun {
  readonly offset: number;
  readonly counts: Float64Array;
}

/** The value of a series. Counts are whole numbers, exact below 2^53. */
export type PointData =
  | { readonly kind: 'number'; readonly value: number }
  | {
      readonly kind: 'histogram';
      readonly count: number;
      readonly sum: number;
      /** Upper bounds in ascending order, without the one of infinity. */
      readonly bounds: Float64Array;
      /** By bucket, not cumulative; at least one for each bound. */
      readonly counts: Float64Array;
    }
  | {
      readonly kind: 'native';
      readonly count: number;
      readonly sum: number;
      /** At least -4. */
      readonly scale: number;
      readonly zeroCount: number;
      readonly zeroThreshold: number;
      readonly positive: BucketRun;
      readonly negative: BucketRun;
    }
  | {
      readonly kind: 'summary';
      readonly count: number;
      readonly sum: number;
      readonly quantiles: Float64Array;
      /** By quantile. */
      readonly values: Float64Array;
    };

/** An exemplar: a value, and the trace that it came from. */
export interface ExposedExemplar {
  readonly value: number;
  /** Seconds since 1970. */
  readonly time: number;
  readonly labels: readonly (readonly [name: string, value: string])[];
}

export interface ExposedSeries {
  /** The labels as `encodeLabels` writes them, sorted by name. */
  readonly labels: Uint8Array;
  readonly data: PointData;
  /** Milliseconds since 1970. */
  readonly timeMs: number | undefined;
  /** The same, of the start; undefined when it is not known. */
  readonly startMs: number | undefined;
  /** In the order in which they were sent. */
  readonly exemplars: readonly ExposedExemplar[];
}
