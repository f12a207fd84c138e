import type { ExemplarView } from '../../otlp/view/exemplar.js';
import type { LabelSet, Suffix } from './label-set.js';
import type { OwnLabel } from './own-labels.js';

/** Not a number with the bits by which Prometheus knows that a series has ended. */
export const staleLow = 2;
export const staleHigh = 0x7ff0_0000;

export interface NativeHistogram {
  readonly stale: boolean;
  readonly countLow: number;
  readonly countHigh: number;
  readonly sum: number;
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly zeroCountLow: number;
  readonly zeroCountHigh: number;
  readonly positiveSpans: readonly number[];
  readonly positiveDeltas: readonly number[];
  readonly negativeSpans: readonly number[];
  readonly negativeDeltas: readonly number[];
}

/** Writes the series of a request: `begin`, what the series has, `end`; `finish` makes the request. */
export interface SeriesSink {
  begin(set: LabelSet, suffix: Suffix, own: OwnLabel | undefined): void;
  /** Undefined is the mark of a series that has ended. Times in milliseconds; a start of 0 is unknown. */
  sample(value: number | undefined, timeMs: number, startMs: number): void;
  exemplar(exemplar: ExemplarView): void;
  histogram(histogram: NativeHistogram, timeMs: number, startMs: number): void;
  end(): void;
  /** Bytes of the request so far. */
  readonly size: number;
  finish(): Buffer;
}
