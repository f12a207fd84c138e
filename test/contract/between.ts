import { expect, test } from 'vitest';
import type { Section } from '../../src/config/components.js';
import { checkLedger, none, Running, sum } from './harness.js';

/** The items that a component has consumed to make others of another signal, and what became of those. */
interface Conversion {
  readonly consumed: number;
  /** Items that it has returned, and items that it has made and were returned. */
  readonly returned: { readonly consumed: number; readonly made: number };
  /** Items that it made and dropped, less all that it made. */
  readonly dropped: number;
}

function conversionOf({ rows, conversions }: Running, type: string): Conversion {
  const own = rows.filter((row) => row.kind === 'component' && row.id === type);
  const from = new Set(conversions.map(([signal]) => signal));
  const made = own.filter(({ signal }) => !from.has(signal));
  if (from.size === 0) return { consumed: 0, returned: { consumed: 0, made: 0 }, dropped: 0 };
  const consumed = own.filter(({ signal }) => from.has(signal));
  return {
    consumed: sum(consumed, (row) => row.out),
    returned: { consumed: sum(consumed, (row) => row.returned), made: sum(made, (row) => row.returned) },
    dropped: sum(made, (row) => row.dropped) - sum(made, (row) => row.created),
  };
}

/** The contract of processors and connectors. */
export function betweenContract(section: Section, type: string): void {
  const start = (answers: 'accept' | 'refuse' | 'retry'): Promise<Running> =>
    Running.start(section, type, { receivers: none, exporters: none }, answers);

  test('accept: every item is handed on once, byte for byte, or dropped with a reason of its own', async () => {
    const running = await start('accept');
    const sent = await running.feed();
    await running.end();
    const { accepted, refused, dropped } = checkLedger(running);
    const conversion = conversionOf(running, type);
    expect([accepted, refused]).toEqual([sent, 0]);
    expect(running.items.count + dropped - conversion.dropped + conversion.consumed).toBe(sent);
    expect(running.undeclaredDrops(type)).toEqual([]);
  });

  test('refuse: what is refused downstream is returned or dropped with a reason', async () => {
    const running = await start('refuse');
    const sent = await running.feed();
    await running.end();
    const { accepted, refused, dropped } = checkLedger(running);
    expect(running.items.count).toBe(0);
    expect(accepted + refused).toBe(sent);
    const conversion = conversionOf(running, type);
    const { returned } = conversion;
    if (conversion.consumed > 0 || returned.made > 0)
      expect([refused, conversion.dropped + returned.made]).toEqual([returned.consumed, 0]);
    else expect(dropped - droppedOfRefused(running, type, refused)).toBe(accepted);
  });

  test('retry: what is refused for now is taken once when it is sent again', async () => {
    const running = await start('retry');
    const sent = await running.feed();
    await running.end();
    const { accepted, refused, dropped } = checkLedger(running);
    const conversion = conversionOf(running, type);
    expect(accepted + refused).toBe(sent);
    expect(running.items.count + dropped - conversion.dropped + conversion.consumed).toBe(accepted);
  });
}

/** Items that a component has dropped of requests that were refused in the end: their senders still have them. */
function droppedOfRefused({ rows }: Running, type: string, refused: number): number {
  const own = rows.filter((row) => row.kind === 'component' && row.id === type);
  return own.length === 0 ? 0 : refused - sum(own, ({ returned }) => returned);
}
