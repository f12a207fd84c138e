import type { MetricSpec } from '../component/telemetry.js';
import { itemNames, itemUnits, signals, type Signal } from '../otlp/signal.js';

const words = {
  accepted: (items: string): string => `Number of ${items} successfully pushed into the pipeline. [Alpha]`,
  refused: (items: string): string => `Number of ${items} that could not be pushed into the pipeline. [Alpha]`,
  failed: (items: string): string =>
    `The number of ${items} that failed to be processed by the receiver due to internal errors. [Alpha]`,
} as const;

function perSignal(word: keyof typeof words): Readonly<Record<Signal, MetricSpec>> {
  const entries = signals.map((signal): [Signal, MetricSpec] => [
    signal,
    {
      name: `otelcol_receiver_${word}_${itemNames[signal]}`,
      description: words[word](itemNames[signal].replaceAll('_', ' ')),
      unit: itemUnits[signal],
      kind: 'counter',
      level: 'basic',
    },
  ]);
  return Object.fromEntries(entries) as Record<Signal, MetricSpec>;
}

/** Outcomes of the items of readable requests, per receiver and transport (docs/spec/core.md#own-metrics). */
export const itemMetrics: Readonly<Record<keyof typeof words, Readonly<Record<Signal, MetricSpec>>>> = {
  accepted: perSignal('accepted'),
  refused: perSignal('refused'),
  failed: perSignal('failed'),
};

/**
 * Items that arrive again when a sender repeats a refused request: exporters and backends whose room cannot be reserved
 * beforehand may accept their part of a request of which another part is refused.
 */
export const repeatedItems: MetricSpec = {
  name: 'kanmon_receiver_repeated_items',
  description:
    'Items of refused requests that an exporter or a backend had accepted already: they arrive there once more when ' +
    'the sender repeats the request.',
  unit: '{item}',
  kind: 'counter',
  level: 'basic',
};

/** For the `telemetry.ts` of every receiver. */
export const receiverMetrics: readonly MetricSpec[] = [
  ...Object.values(itemMetrics).flatMap((specs) => Object.values(specs)),
  repeatedItems,
];

/** Reasons for which a receiver refuses items, beside the reasons of the pipelines. */
export const receiverReasons: Readonly<Record<string, string>> = {
  pipeline_error: 'The pipeline refused the items without a more exact reason.',
};
