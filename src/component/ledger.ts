import type { Signal } from '../otlp/signal.js';

/** Books of one receiver and signal: `received = accepted + refused(reason)`. */
export interface DoorLedger {
  accepted(items: number): void;
  refused(items: number, reason: string): void;
}

/**
 * Books of one edge (a processor, a connector, an exporter) for one signal, in obligations: one item towards one
 * terminal exporter. At all times `in + created = out + dropped(reason) + returned(reason) + held(where)`.
 */
export interface EdgeLedger {
  in(items: number): void;
  created(items: number): void;
  out(items: number): void;
  dropped(items: number, reason: string): void;
  returned(items: number, reason: string): void;
  /** Adds to (or, negative, takes from) what is held in a place such as `queue` or `retry`. */
  held(delta: number, where: string): void;
}

export interface Ledger {
  door(id: string, signal: Signal): DoorLedger;
  edge(id: string, signal: Signal): EdgeLedger;
}
