import { describe, expect, test } from 'vitest';
import { all, checkLedger, foldersOf, none, Running } from './harness.js';

/** Exporters that discard everything. */
const discards: ReadonlySet<string> = new Set(['nop']);

describe.each(foldersOf('exporters'))('exporter %s', (type) => {
  test.each(['accept', 'retry'] as const)(
    '%s: every item leaves once, byte for byte, and the books say so',
    async (answers) => {
      const running = await Running.start('exporters', type, { receivers: none, exporters: all }, answers);
      const sent = await running.feed();
      await running.end();
      expect(sent).toBeGreaterThan(0);
      expect(checkLedger(running)).toEqual({ accepted: sent, refused: 0, dropped: 0 });
      expect(running.items.count).toBe(discards.has(type) ? 0 : sent);
    },
  );

  test('refuse: what no backend takes is refused or dropped with a reason', async () => {
    const running = await Running.start('exporters', type, { receivers: none, exporters: all }, 'refuse');
    const sent = await running.feed();
    await running.end();
    const { accepted, refused, dropped } = checkLedger(running);
    expect(accepted + refused).toBe(sent);
    expect(running.items.count).toBe(discards.has(type) ? 0 : accepted - dropped);
  });
});
