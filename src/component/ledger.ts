import type { Signal } from '../otlp/signal.js';

/** Books of one receiver and signal: `received = accepted + refused(reason)`. */
export interface ReceiverLedger {
  accepted(items: number): void;
  refused(items: number, reason: string): void;
}

/**
 * Books of one component (a processor, a connector, an exporter) for one signal, in obligations: one item towards one
 * terminal exporter. At all times `in + created = out + dropped(reason) + returned(reason) + held(where)`.
 */
export interface ComponentLedger {
  in(items: number): void;
  created(items: number): void;
  out(items: number): void;
  dropped(items: number, reason: string): void;
  returned(items: number, reason: string): void;
  /** Adds to (or, negative, takes from) what is held in a place such as `queue` or `retry`. */
  held(delta: number, where: string): void;
}

export interface Ledger {
  receiver(id: string, signal: Signal): ReceiverLedger;
  component(id: string, signal: Signal): ComponentLedger;
  /**
   * A part of a component, such as one backend of several, will not be used again: once it holds nothing, its counts
   * move into one row for all such parts. `id` is the component's ID, a space, and the name of the part. Asking for its
   * books again begins new ones.
   */
  retire(id: string, signal: Signal): void;
}

/** One line of the books. `balanced` says whether the row's law holds at this moment. */
export type LedgerRow =
  | {
      readonly kind: 'receiver';
      readonly id: string;
      readonly signal: Signal;
      readonly accepted: number;
      readonly refused: Readonly<Record<string, number>>;
    }
  | {
      readonly kind: 'component';
      readonly id: string;
      readonly signal: Signal;
      readonly in: number;
      readonly created: number;
      readonly out: number;
      readonly dropped: Readonly<Record<string, number>>;
      readonly returned: Readonly<Record<string, number>>;
      readonly held: Readonly<Record<string, number>>;
      readonly balanced: boolean;
    };
