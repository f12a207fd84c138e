import { expect, test } from 'vitest';
import type { Section } from '../../src/config/components.js';
import { checkLedger, none, Running, sum } from './harness.js';

/** The contract of processors and connectors. */
export function betweenContract(section: Section, type: string): void {
  const start = (answers: 'accept' | 'refuse' | 'retry'): Promise<Running> =>
    Running.start(section, type, { receivers: none, exporters: none }, answers);

  test('accept: every item is handed on once, byte for byte, or dropped with a reason of its own', async () => {
    const running = await start('accept');
    const sent = await running.feed();
    await running.end();
    const { accepted, refused, dropped } = checkLedger(running);
    expect([accepted, refused]).toEqual([sent, 0]);
    expect(running.items.count + dropped).toBe(sent);
    expect(running.undeclaredDrops(type)).toEqual([]);
  });

  test('refuse: what is refused downstream is returned or dropped with a reason', async () => {
    const running = await start('refuse');
    const sent = await running.feed();
    await running.end();
    const { accepted, refused, dropped } = checkLedger(running);
    expect(running.items.count).toBe(0);
    expect(accepted + refused).toBe(sent);
    expect(dropped - droppedOfRefused(running, type, refused)).toBe(accepted);
  });

  test('retry: what is refused for now is taken once when it is sent again', async () => {
    const running = await start('retry');
    const sent = await running.feed();
    await running.end();
    const { accepted, refused, dropped } = checkLedger(running);
    expect(accepted + refused).toBe(sent);
    expect(running.items.count + dropped).toBe(accepted);
  });
}

/** Items that a component has dropped of requests that were refused in the end: their senders still have them. */
function droppedOfRefused({ rows }: Running, type: string, refused: number): number {
  const own = rows.filter((row) => row.kind === 'component' && row.id === type);
  return own.length === 0 ? 0 : refused - sum(own, ({ returned }) => returned);
}
