import { expect, test } from 'vitest';
import { heldWorld } from '../../test/support/held-world.js';
import { FaultLog, guard } from './fault.js';

test('the first fault of a place is logged at once, the next ones once a minute with their number', async () => {
  const { clock, context, lines } = heldWorld();
  const log = new FaultLog(clock);
  log.use(context.logger);
  for (let i = 0; i < 1000; i++) log.add('here', new Error('broken'));
  log.add('there', new Error('too'));
  await clock.pass(60_000);
  log.add('here', new Error('again'));
  expect(lines.map(({ fields }) => [fields?.['place'], String(fields?.['error']), fields?.['unlogged']])).toEqual([
    ['here', 'Error: broken', undefined],
    ['there', 'Error: too', undefined],
    ['here', 'Error: again', 999],
  ]);
});

test.each([
  [
    'throws',
    () => {
      throw new Error('broken');
    },
  ],
  ['rejects', () => Promise.reject(new Error('broken'))],
])('a handler that %s ends in `failed`, with its arguments', async (_how, handler: (request: string) => unknown) => {
  const failed = await new Promise((resolve) => guard('test', handler, resolve)('the request'));
  expect(failed).toBe('the request');
});

test('also an ending that throws goes no further', () => {
  const broken = (): never => {
    throw new Error('broken');
  };
  expect(guard('test', broken, broken)()).toBeUndefined();
});
