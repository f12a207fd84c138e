import type { Signal } from '../../otlp/signal.js';

/** A fault of the options that only counts for an exporter that runs. */
export interface ConfigFault {
  readonly message: string;
  /** Below the options of the exporter. */
  readonly path: readonly (string | number)[];
  /** Advice. */
  readonly hint: string;
  /** Set when it is a fault for one signal only. */
  readonly signal?: Signal;
}
