import { expect, test } from 'vitest';
import { heldWorld } from '../../test/support/held-world.js';
import type { LedgerRow } from '../component/ledger.js';
import { closeMs, defaultDrainSeconds, end, overrunMs, type Deployment } from './run.js';

/** The time that a kubelet gives a program by default, and that is left of it for the end of the process itself. */
const kubeletMs = 30_000;
const exitMs = 500;

const row = (held: number): LedgerRow => ({
  ...{ kind: 'component', id: 'otlp_grpc', signal: 'traces', in: 20, created: 0, out: 20 - held, dropped: {} },
  ...{ returned: {}, held: { queue: held }, balanced: true },
});

test.each<[what: string, stops: boolean, held: number, code: number, words: RegExp | undefined]>([
  ['hands on everything', true, 0, 0, undefined],
  ['stops and still holds items', true, 3, 1, /did not stop in time/],
  ['never stops', false, 20, 1, /did not stop within its deadline/],
])('within the time of a kubelet ends a program that %s', async (_what, stops, held, code, words) => {
  const world = heldWorld();
  let abandoned = 0;
  const deployment: Deployment = {
    logger: world.context.logger,
    start: () => Promise.resolve(true),
    reload: () => Promise.resolve(),
    leave: () => {},
    stop: () => (stops ? Promise.resolve() : new Promise(() => {})),
    abandon: () => Promise.resolve(void abandoned++),
    rows: () => [row(held)],
    incompleteBooks: 0,
    close: () => Promise.resolve(),
  };
  const drainMs = defaultDrainSeconds * 1000;
  const ended = end(deployment, drainMs, new Promise(() => {}), world.clock);
  await world.clock.pass(kubeletMs - closeMs - exitMs);
  expect(await ended).toBe(code);
  expect(abandoned).toBe(stops ? 0 : 1);
  const told = world.lines.find(({ level }) => level === 'error');
  if (words) expect(told?.message).toMatch(words);
  else expect(told).toBeUndefined();
  expect(drainMs + overrunMs + closeMs + exitMs).toBeLessThan(kubeletMs);
});
