import { expect, test } from 'vitest';
import { HeldClock } from '../../test/support/held-world.js';
import { WaitingSenders, type SenderPlace } from './waiting-senders.js';

test('however many wait, room that was made wakes the first one alone, and each that leaves the next', async () => {
  const clock = new HeldClock();
  const senders = new WaitingSenders();
  const woken: number[] = [];
  const places = Array.from({ length: 1000 }, () => senders.join(0));
  const wait = (place: SenderPlace, i: number): void => void place.wait({ clock }).then(() => woken.push(i));
  // It looks once more before it waits.
  expect(await places[0]!.wait({ clock })).toEqual({ by: 'event', value: undefined });
  places.forEach(wait);
  await clock.pass(0);
  expect(woken).toEqual([]);
  senders.roomMade();
  await clock.pass(0);
  expect(woken).toEqual([0]);
  // It did not suffice: the first one waits again, and stays the first.
  wait(places[0]!, 0);
  senders.roomMade();
  await clock.pass(0);
  expect(woken).toEqual([0, 0]);
  places[0]!.leave();
  await clock.pass(0);
  expect(woken).toEqual([0, 0, 1]);
  // One that gives up lets nobody in before the first one.
  places[500]!.leave();
  await clock.pass(0);
  expect(woken).toEqual([0, 0, 1]);
  for (const place of places.slice(1)) {
    place.leave();
    await clock.pass(0);
  }
  expect(senders.isEmpty).toBe(true);
  expect(woken).toEqual([0, 0, ...Array.from({ length: 999 }, (_, i) => i + 1).filter((i) => i !== 500)]);
});

test('room that was made while the first one was looking ends its next wait at once', async () => {
  const clock = new HeldClock();
  const senders = new WaitingSenders();
  const first = senders.join(0);
  senders.join(0);
  for (let i = 0; i < 2; i++) {
    senders.roomMade();
    expect(await first.wait({ clock })).toMatchObject({ by: 'event' });
  }
  const again = first.wait({ clock, deadline: clock.now() + 100 });
  await clock.pass(200);
  expect(await again).toEqual({ by: 'deadline' });
});

test('at the end all are woken', async () => {
  const clock = new HeldClock();
  const senders = new WaitingSenders();
  const ends = Array.from({ length: 3 }, () => senders.join(0).wait({ clock }));
  senders.wakeAll();
  expect((await Promise.all(ends)).map(({ by }) => by)).toEqual(['event', 'event', 'event']);
});
