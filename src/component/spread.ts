import type { Consumer } from './consumer.js';
import type { Signal } from '../otlp/signal.js';

/** Lets several processes share the work of one that gets too much. */
export interface Spread {
  /** Stands between a receiver and its pipelines: hands some of what comes to another process, and takes what others hand over. */
  between(receiver: string, signal: Signal, next: Consumer): Consumer;
}
