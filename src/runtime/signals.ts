import { setMaxListeners } from 'node:events';
import { abortAfter, systemClock } from '../component/clock.js';

export type SignalEvent = { readonly kind: 'stop'; readonly signal: string } | { readonly kind: 'reload' };

/** SIGINT and SIGTERM stop, SIGHUP reloads. */
export function takeSignals(events: { put(event: SignalEvent): void }): void {
  process.on('SIGINT', () => events.put({ kind: 'stop', signal: 'interrupt' }));
  process.on('SIGTERM', () => events.put({ kind: 'stop', signal: 'terminated' }));
  process.on('SIGHUP', () => events.put({ kind: 'reload' }));
  // A closed terminal or log pipe must not end a gateway.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
}

/** Every component waits on it, so that it has as many listeners as there are components. */
export function deadline(ms: number): AbortSignal {
  const signal = abortAfter(systemClock, ms);
  setMaxListeners(0, signal);
  return signal;
}

/** The events of a process, one after the other. */
export class EventQueue<Event> {
  readonly #events: Event[] = [];
  #wake: (() => void) | undefined;

  put(event: Event): void {
    this.#events.push(event);
    this.#wake?.();
  }

  async take(): Promise<Event> {
    for (;;) {
      const event = this.#events.shift();
      if (event) return event;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
