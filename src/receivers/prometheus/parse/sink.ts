import type { LabelMap } from './metric.js';

/** The types of metrics in expositions. */
export const metricTypes = [
  'unknown',
  'counter',
  'gauge',
  'histogram',
  'gaugehistogram',
  'summary',
  'info',
  'stateset',
] as const;
export type ExpositionType = (typeof metricTypes)[number];

/** The parts of the description of a metric family. */
export type MetadataPart = 'type' | 'help' | 'unit';

/** A sample's time where the exposition gives none. */
export const noTime: number = Number.NaN;

/**
 * Takes what a parser finds. Lines that were seen before are known by their number, so that a parser reads their labels
 * only once. Methods throw an `ExpositionFault`, or an error of a limit, to end the scrape.
 */
export interface SampleSink {
  /** The known line that begins at `at`, if it is the one that followed the line before at the last scrape; else -1. */
  expected(body: Buffer, at: number): number;
  /** The known line with these characters; else -1. */
  known(body: Buffer, from: number, to: number): number;
  /** Bytes of a line. */
  lengthOf(line: number): number;
  /** Adds a line with the labels of its metric. */
  add(body: Buffer, from: number, to: number, labels: LabelMap): number;
  /** Adds a line that describes a family. */
  describe(body: Buffer, from: number, to: number, part: MetadataPart, family: string, text: string): void;
  /** Whether the line is a description that still holds: it counts as seen then. */
  stillDescribed(line: number): boolean;
  /**
   * A sample of a line. `time` in milliseconds since the epoch or `noTime`; `from` and `to` are where its exemplar
   * stands in the body, equal when there is none.
   */
  sample(line: number, value: number, time: number, from: number, to: number): void;
}
