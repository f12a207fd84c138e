import { expect, test } from 'vitest';
import { hostWith } from '../../test/support/host.js';
import { heldWorld, spans } from '../../test/support/held-world.js';
import { Cancellation } from '../component/cancellation.js';
import { emptyContext, type RequestContext } from '../component/consumer.js';
import { DeliveryError } from '../component/delivery-error.js';
import { deliver } from './deliver.js';

const retry = {
  enabled: false,
  initial_interval: 1,
  randomization_factor: 0,
  multiplier: 1,
  max_interval: 1,
  max_elapsed_time: 0,
};

/** A delivery without a queue to a backend whose outcome a test decides, and what it reports of itself. */
async function delivery(push: () => Promise<void>): Promise<{
  send(context?: RequestContext): Promise<unknown>;
  pass(ms: number): Promise<void>;
  reports: string[];
}> {
  const { context, clock } = heldWorld();
  const reports: string[] = [];
  const exporter = deliver(
    context,
    { queue: undefined, retry, timeoutMs: 100 },
    {
      push: async (_batch, attempt) => {
        const cancelled = new Promise<never>((_resolve, reject) => {
          attempt.signal.addEventListener('abort', () => reject(refusal('retryable', 'cancelled')));
        });
        await Promise.race([push(), cancelled]);
      },
    },
  );
  await exporter.start?.(hostWith({}, {}, reports));
  return {
    send: (from = emptyContext) => exporter.consume(spans('a'), from).catch((error: unknown) => error),
    pass: (ms) => clock.pass(ms),
    reports,
  };
}

function refusal(kind: 'retryable' | 'permanent', message: string, code?: number): DeliveryError {
  const status = code === undefined ? undefined : { code, message, details: [] };
  return new DeliveryError(message, { class: kind, reason: 'backend_refused', status });
}

test('an exporter has an error while its backend fails, and works again after', async () => {
  let outcome: () => Promise<void> = () => Promise.resolve();
  const { send, pass, reports } = await delivery(() => outcome());
  await send();
  await pass(5000);
  expect(reports).toEqual([]);
  outcome = () => Promise.reject(refusal('retryable', 'unavailable', 14));
  await send();
  outcome = () => Promise.resolve();
  await send();
  await pass(999);
  expect(reports).toEqual(['recoverable_error: unavailable']);
  await pass(1);
  expect(reports).toEqual(['recoverable_error: unavailable', 'ok']);
});

test.each<[string, () => Promise<void>, readonly string[]]>([
  ['a backend that does not answer in time', () => new Promise(() => {}), ['recoverable_error: cancelled']],
  ['a backend that lets nobody in', () => Promise.reject(refusal('permanent', 'no', 16)), ['recoverable_error: no']],
  ['data that a backend does not want', () => Promise.reject(refusal('permanent', 'bad', 3)), []],
  ['a defect of ours', () => Promise.reject(new Error('x')), []],
])('%s', async (_name, push, expected) => {
  const { send, pass, reports } = await delivery(push);
  const sent = send();
  await pass(100);
  await sent;
  expect(reports).toEqual(expected);
});

test('a sender that leaves, or is in a hurry, says nothing about the backend', async () => {
  const { send, pass, reports } = await delivery(() => new Promise(() => {}));
  const signal = new Cancellation();
  const left = send({ ...emptyContext, signal });
  signal.abort('sender');
  await left;
  const hurried = send({ ...emptyContext, deadline: 1050 });
  await pass(50);
  await hurried;
  expect(reports).toEqual([]);
});
