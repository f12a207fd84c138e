import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Consumer } from '../../src/component/consumer.js';
import { defineExporter, defineReceiver, type Definition } from '../../src/component/define.js';
import { DeliveryError } from '../../src/component/delivery-error.js';
import { group } from '../../src/component/schema/schema.js';
import { ReceiverEntry } from '../../src/intake/receiver-entry.js';
import type { Signal } from '../../src/otlp/signal.js';
import type { Script } from './backend.js';
import type { Items } from './items.js';

const shared = {
  stability: { traces: 'Development', metrics: 'Development', logs: 'Development' },
  config: group({}),
  telemetry: { metrics: [], reasons: {} },
} as const;

/** A receiver for the items of a test. It repeats what is refused for now, as a receiver that reads files does. */
export function probeReceiver(entries: Map<Signal, ReceiverEntry>): Definition {
  return defineReceiver<object>({
    ...shared,
    type: 'probe',
    create(_config, context, next) {
      entries.set(context.signal, new ReceiverEntry(context, persistent(next)));
      return {};
    },
  });
}

function persistent(next: Consumer): Consumer {
  return {
    async consume(batch, context) {
      let attempt = (): Promise<void> => next.consume(batch, context);
      for (let tries = 1; ; tries++) {
        try {
          return await attempt();
        } catch (error) {
          if (!(error instanceof DeliveryError) || error.class === 'permanent' || tries === 10) throw error;
          const { resume, remaining } = error;
          attempt = resume ? () => resume(context) : () => next.consume(remaining ?? batch, context);
        }
      }
    },
  };
}

/** An exporter that replies by its script, and checks that a batch does not change while `consume` is pending. */
export function probeExporter(items: Items, script: Script): Definition {
  return defineExporter<object>({
    ...shared,
    type: 'probe',
    create(_config, { ledger, id, signal }) {
      const books = ledger.component(id, signal);
      return {
        async consume(batch) {
          const count = batch.itemCount;
          const copy = Buffer.from(batch.bytes);
          const encoded = batch.encodedBody && Buffer.from(batch.encodedBody.bytes);
          books.in(count);
          books.held(count, 'probe');
          for (let turns = 0; turns < 3; turns++) await turn();
          expect(copy.equals(batch.bytes)).toBe(true);
          expect(encoded?.equals(batch.encodedBody?.bytes ?? new Uint8Array()) ?? true).toBe(true);
          books.held(-count, 'probe');
          const answer = script.next();
          if (answer === 'accept') {
            items.arrived(signal, copy);
            books.out(count);
            return;
          }
          books.returned(count, 'probe_refused');
          throw new DeliveryError('not now', {
            class: answer === 'retry' ? 'retryable' : 'permanent',
            reason: 'probe_refused',
            local: true,
          });
        },
      };
    },
  });
}
