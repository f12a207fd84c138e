import { expect, test } from 'vitest';
import { Cancellation } from '../../component/cancellation.js';
import { Turnstile } from './turnstile.js';

test('they come in one after the other, and who has left is passed over', async () => {
  const turnstile = new Turnstile();
  const came: string[] = [];
  const enter = (name: string, signal: Cancellation): Promise<void> =>
    turnstile.enter(signal).then((entered) => void came.push(entered ? name : `${name} left`));
  const leaver = new Cancellation();
  await enter('first', new Cancellation());
  const others = [enter('second', leaver), enter('third', new Cancellation()), enter('fourth', leaver)];
  leaver.abort('sender');
  await Promise.all([others[0], others[2]]);
  expect(came).toEqual(['first', 'second left', 'fourth left']);
  turnstile.leave();
  await others[1];
  expect(came.at(-1)).toBe('third');
  turnstile.leave();
  await enter('fifth', leaver);
  await enter('sixth', new Cancellation());
  expect(came.slice(4)).toEqual(['fifth left', 'sixth']);
});
