import type { Columns } from './columns.js';

/** States by the number of the kernel, which begins with 1. */
const stateNames = [
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECV',
  'FIN_WAIT1',
  'FIN_WAIT2',
  'TIME_WAIT',
  'CLOSE',
  'CLOSE_WAIT',
  'LAST_ACK',
  'LISTEN',
  'CLOSING',
] as const;
/** States that are reported even when no connection is in them, in the Collector's spelling. */
const always = ['CLOSE_WAIT', 'CLOSE', 'CLOSING', 'DELETE', 'ESTABLISHED', 'FIN_WAIT_1', 'FIN_WAIT_2', 'LAST_ACK'];
const others = ['LISTEN', 'SYN_SENT', 'SYN_RECV', 'TIME_WAIT'];
/** Listening addresses that are counted apart. */
const mostListeners = 100_000;

/** Counts TCP connections by their state, from /proc/net/tcp and tcp6. */
export class TcpStates {
  readonly counts: Map<string, number> = new Map([...always, ...others].map((state) => [state, 0]));
  /** Sockets that share a listening address are one listener. */
  readonly #listeners = new Set<string>();

  /** Reads the line at `columns`; one without a state, such as the heading, does not count. */
  add(columns: Columns): void {
    if (!columns.skip(2)) return;
    const { columnStart, columnEnd } = columns;
    if (!columns.skip(2) || columns.width !== 2) return;
    const digits = columns.text();
    if (!/^[0-9A-Fa-f]{2}$/.test(digits)) return;
    const state = stateNames[Number.parseInt(digits, 16) - 1] ?? '';
    if (state === 'LISTEN' && this.#listeners.size < mostListeners) {
      const address = columns.slice(columnStart, columnEnd);
      if (this.#listeners.has(address)) return;
      this.#listeners.add(address);
    }
    this.counts.set(state, (this.counts.get(state) ?? 0) + 1);
  }
}
