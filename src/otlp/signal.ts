/** The four OTLP signals, in the order in which the Collector lists them. */
export type Signal = 'traces' | 'metrics' | 'logs' | 'profiles';

export const signals: readonly Signal[] = ['traces', 'metrics', 'logs', 'profiles'];

export function isSignal(text: string): text is Signal {
  return (signals as readonly string[]).includes(text);
}

/** The name of an item of a signal in metric names: `otelcol_exporter_sent_<items>`. */
export const itemNames: Readonly<Record<Signal, string>> = {
  traces: 'spans',
  metrics: 'metric_points',
  logs: 'log_records',
  profiles: 'profile_samples',
};

/** The UCUM annotation of one item of a signal, the unit of its counters. */
export const itemUnits: Readonly<Record<Signal, string>> = {
  traces: '{span}',
  metrics: '{datapoint}',
  logs: '{record}',
  profiles: '{sample}',
};
