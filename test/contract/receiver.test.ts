import { describe, expect, test } from 'vitest';
import { all, checkLedger, foldersOf, none, Running } from './harness.js';
import { bring } from './sender.js';

describe.each(foldersOf('receivers'))('receiver %s', (type) => {
  test.each(['accept', 'refuse', 'retry'] as const)(
    '%s: senders learn how every request ended, and so do the books',
    async (answers) => {
      const running = await Running.start('receivers', type, { receivers: all, exporters: none }, answers);
      const { endpoints, items } = running;
      const brought = await bring(endpoints, items);
      await running.end();
      const { accepted, refused, dropped } = checkLedger(running);
      // A receiver that listens is to be reached in one of the ways of sender.ts.
      expect(brought.requests > 0).toBe(endpoints.length > 0);
      expect(brought.refused).toBe(answers === 'refuse' ? brought.requests : 0);
      expect([accepted, items.count, dropped]).toEqual([brought.acceptedItems, brought.acceptedItems, 0]);
      expect(refused > 0).toBe(answers !== 'accept' && brought.requests > 0);
    },
  );
});
