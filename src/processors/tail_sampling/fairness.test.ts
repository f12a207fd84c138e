import { expect, test } from 'vitest';
import type { PlainSpan } from '../../../test/support/plain-spans.js';
import { sorted, spanOf, TailWorld, type Outcome } from '../../../test/support/tail-world.js';

const policies = [
  { name: 'keep', type: 'string_attribute', string_attribute: { key: 'k', values: ['keep'] } },
  { name: 'share', type: 'probabilistic', probabilistic: { sampling_percentage: 20 } },
];
const seconds = 40;
/** A quiet service begins so many traces each second, each of two spans; the second one comes two seconds later. */
const rate = 2;
const services = ['a', 'b'];

/** Spans of the traces that a service begins in a second; in every third one the second span is to be kept. */
function spansOf(service: number, second: number, part: 0 | 1): PlainSpan[] {
  return Array.from({ length: rate }, (_, i) => {
    const trace = (service + 1) * 1_000_000 + second * rate + i;
    return spanOf({
      ...{ trace, number: trace * 2 + part, service: services[service]!, nameBytes: 150 },
      ...(part === 1 && trace % 3 === 0 ? { k: 'keep' } : {}),
    });
  });
}

/** Runs some seconds; the result is the spans of the quiet services that were handed on, second by second. */
async function run(noise: number, next: Outcome): Promise<{ tail: TailWorld; handedOn: string[][] }> {
  const tail = new TailWorld({ policies, decision_wait: '8s', max_pending_bytes: 128 << 10 });
  tail.next.usual = next;
  const handedOn: string[][] = [];
  let before = 0;
  for (let second = 0; second < seconds; second++) {
    for (let i = 0; i < noise; i++)
      tail.send(
        Array.from({ length: rate }, (_, at) => {
          const trace = 10_000_000 + (second * noise + i) * rate + at;
          return tail.span({ trace, service: 'noisy', nameBytes: 300, ...(i % 2 === 0 ? { k: 'keep' } : {}) });
        }),
      );
    for (let service = 0; service < services.length; service++) {
      tail.send(spansOf(service, second, 0));
      if (second >= 2) tail.send(spansOf(service, second - 2, 1));
    }
    await tail.ticks(1);
    expect([tail.balance, tail.sent.filter(({ error }) => error).length]).toEqual([0, 0]);
    const now = tail.next.accepted.slice(before);
    before = tail.next.accepted.length;
    handedOn.push(sorted(now.filter(({ resource }) => !resource.includes(Buffer.from('noisy').toString('hex')))));
  }
  return { tail, handedOn };
}

test.each(['accept', 'accept late'] as const)(
  'a service that sends 50 times as much shortens the wait of no other, when the next component is to %s',
  async (next) => {
    const alone = await run(0, next);
    const beside = await run(50, next);
    expect(beside.handedOn.flat().length).toBeGreaterThan(50);
    expect(beside.handedOn).toEqual(alone.handedOn);
    // The memory sufficed for the quiet ones alone.
    expect(alone.tail.waiting[2]).toBeLessThan(100 << 10);
    for (const { tail } of [alone, beside]) {
      await tail.shutdown();
      expect([tail.balance, tail.held]).toEqual([0, 0]);
    }
  },
);
