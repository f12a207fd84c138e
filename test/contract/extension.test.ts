import { describe, expect, test } from 'vitest';
import { all, checkLedger, foldersOf, Running } from './harness.js';
import { bring } from './sender.js';

/** Exporters that the extension signs requests for. */
const signed = (config: unknown): boolean =>
  typeof config === 'object' && config !== null && 'auth' in config && config.auth !== undefined;

describe.each(foldersOf('extensions'))('extension %s', (type) => {
  test.each(['accept', 'refuse', 'retry'] as const)(
    '%s: with it on, what is let in arrives once, and the books say so',
    async (answers) => {
      const running = await Running.start('extensions', type, { receivers: all, exporters: signed }, answers);
      const { endpoints, items } = running;
      const fed = await running.feed();
      const brought = await bring(endpoints, items);
      await running.end();
      const { accepted, refused, dropped } = checkLedger(running);
      expect(fed).toBeGreaterThan(0);
      expect(accepted).toBeGreaterThanOrEqual(brought.acceptedItems);
      expect(items.count + dropped).toBe(accepted);
      if (answers === 'refuse') expect(items.count).toBe(0);
      else expect([refused >= 0, items.count]).toEqual([true, fed + brought.acceptedItems]);
    },
  );
});
