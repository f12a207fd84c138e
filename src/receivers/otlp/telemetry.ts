import type { TelemetrySpec } from '../../component/define.js';
import type { MetricSpec } from '../../component/telemetry.js';
import { rpcServerDuration } from '../../net/grpc/watch-calls.js';
import { httpServerMetrics } from '../../net/http/watch-requests.js';
import { itemNames, itemUnits, signals, type Signal } from '../../otlp/signal.js';

const words = {
  accepted: (items: string): string => `Number of ${items} successfully pushed into the pipeline. [Alpha]`,
  refused: (items: string): string => `Number of ${items} that could not be pushed into the pipeline. [Alpha]`,
  failed: (items: string): string => `The number of ${items} that failed to be processed by the receiver due to internal errors. [Alpha]`,
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

/** Per receiver and transport: what became of the items of the requests it could read. */
export const itemMetrics: Readonly<Record<keyof typeof words, Readonly<Record<Signal, MetricSpec>>>> = {
  accepted: perSignal('accepted'),
  refused: perSignal('refused'),
  failed: perSignal('failed'),
};

export const telemetry: TelemetrySpec = {
  metrics: [...Object.values(itemMetrics).flatMap((specs) => Object.values(specs)), rpcServerDuration, ...httpServerMetrics],
  reasons: { pipeline_error: 'The pipeline refused the items without a more exact reason.' },
};
