import type { SignalContext } from '../component/define.js';
import type { Counter, MetricSpec } from '../component/telemetry.js';
import type { Transport } from './books.js';
import type { RequestRefusal } from './request-state.js';

/** Faults of senders by the word that metrics have for each, and the log line that it gets. */
const lines = {
  handshake: 'The TLS handshake of a client failed',
  protocol: 'A client speaks another protocol than this port',
  unauthenticated: 'A client was not authenticated',
  path: 'A request is for a path, service or method that is not served',
  encoding: 'A request has an encoding that is not known or that is broken',
  size: 'A request is larger than allowed',
  content: 'A request cannot be read',
  slow: 'A request took too long to arrive',
  unread: 'A request holds data that is not read',
} as const;

export type SenderFault = keyof typeof lines;

export const senderFaults: MetricSpec = {
  name: 'kanmon_receiver_sender_faults',
  description:
    'Connections and requests that were refused for a fault of their sender, by reason; with the reason unread, ' +
    'requests that were accepted though data in them was not read.',
  unit: '{fault}',
  kind: 'counter',
  level: 'basic',
};

/** Milliseconds between two log lines of one reason. */
const betweenLinesMs = 60_000;

interface Known {
  readonly counter: Counter;
  loggedAt: number;
  unlogged: number;
}

/**
 * Counts the faults of senders that cost them data before it is items, and logs them: of each reason the first at once,
 * then at most one line a minute, since strangers cause them as often as they like.
 */
export class SenderFaults {
  readonly #context: SignalContext;
  readonly #transport: Transport;
  readonly #known: Map<SenderFault, Known> = new Map();

  constructor(context: SignalContext, transport: Transport) {
    this.#context = context;
    this.#transport = transport;
  }

  /** `message` says what is wrong; `peer` is the sender's address, empty for one without. */
  add(reason: SenderFault, peer: string, message: string): void {
    const { meter, id, logger, clock } = this.#context;
    let known = this.#known.get(reason);
    if (!known) {
      const counter = meter.counter(senderFaults, { receiver: id, transport: this.#transport, reason });
      this.#known.set(reason, (known = { counter, loggedAt: -Infinity, unlogged: 0 }));
    }
    known.counter.add(1);
    const now = clock.now();
    if (now - known.loggedAt < betweenLinesMs) {
      known.unlogged++;
      return;
    }
    logger.warn(lines[reason], {
      ...(peer === '' ? {} : { peer }),
      error: message,
      ...(known.unlogged > 0 ? { unlogged: known.unlogged } : {}),
    });
    known.loggedAt = now;
    known.unlogged = 0;
  }

  /** Adds a refusal when it is the sender's fault. */
  refused(refusal: RequestRefusal, peer: string, message: string): void {
    const reason = reasonOf(refusal);
    if (reason) this.add(reason, peer, message);
  }
}

function reasonOf({ kind }: RequestRefusal): SenderFault | undefined {
  switch (kind) {
    case 'unauthenticated':
      return 'unauthenticated';
    case 'malformed':
    case 'invalid':
      return 'content';
    case 'unknown_encoding':
    case 'broken_encoding':
      return 'encoding';
    case 'too_large':
      return 'size';
    case 'too_slow':
    case 'deadline_exceeded':
      return 'slow';
    // These are counted elsewhere, or are no fault of the sender.
    case 'no_memory':
    case 'sender_left':
    case 'not_authenticated_now':
    case 'pipeline':
    case 'fault':
      return undefined;
  }
}
