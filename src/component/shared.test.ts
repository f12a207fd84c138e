import { expect, test } from 'vitest';
import { SharedObjects, sharedKey, type Shareable } from './shared.js';

class Watch implements Shareable {
  readonly number: number;
  closed = 0;
  #done: () => void = () => {};

  constructor(number: number) {
    this.number = number;
  }

  close(): Promise<void> {
    this.closed++;
    return new Promise((resolve) => (this.#done = resolve));
  }

  /** Lets `close` end. */
  done(): void {
    this.#done();
  }
}

const watch = sharedKey<Watch>('watch');

function maker(): { make: () => Watch; made: Watch[] } {
  const made: Watch[] = [];
  const make = (): Watch => {
    const one = new Watch(made.length);
    made.push(one);
    return one;
  };
  return { make, made };
}

test('the signals of one component share what it makes, another component does not', () => {
  const service = new SharedObjects();
  let made = 0;
  const make = (): number => ++made;
  expect([service.of('receiver', 'otlp')(make), service.of('receiver', 'otlp')(make)]).toEqual([1, 1]);
  expect(service.of('receiver', 'otlp/2')(make)).toBe(2);
  expect(service.of('exporter', 'otlp')(make)).toBe(3);
});

test('components share what is under one key, and the last one closes it', async () => {
  const service = new SharedObjects();
  const { make, made } = maker();
  const a = service.of('processor', 'k8s_attributes')(watch, make);
  const b = service.of('exporter', 'load_balancing')(watch, make);
  expect(a.value).toBe(b.value);
  await a.release();
  await a.release();
  expect(made[0]?.closed).toBe(0);
  let ended = false;
  const last = b.release().then(() => (ended = true));
  expect(made[0]?.closed).toBe(1);
  // One who asks while it closes gets another one, which the end of the first leaves alone.
  const c = service.of('receiver', 'k8s_events')(watch, make);
  expect(c.value.number).toBe(1);
  await Promise.resolve();
  expect(ended).toBe(false);
  made[0]?.done();
  await last;
  await b.release();
  const d = service.of('receiver', 'k8s_events')(watch, make);
  expect(d.value).toBe(c.value);
  expect(made.map(({ closed }) => closed)).toEqual([1, 0]);
});

test('keys with different parts, other keys of the same name, and other services have objects of their own', () => {
  const { make, made } = maker();
  const service = new SharedObjects();
  const share = service.of('processor', 'a');
  const ask = (): Watch[] => [
    share(watch, make).value,
    share(watch.of('a'), make).value,
    share(watch.of('b'), make).value,
    share(watch.of('a').of('b'), make).value,
    share(sharedKey<Watch>('watch'), make).value,
    new SharedObjects().of('processor', 'a')(watch, make).value,
  ];
  expect(new Set(ask()).size).toBe(6);
  expect(ask().slice(0, 4)).toEqual(made.slice(0, 4));
});

test('what could not be made is asked for again', () => {
  const share = new SharedObjects().of('processor', 'a');
  const { make } = maker();
  expect(() =>
    share(watch, () => {
      throw new Error('no API server');
    }),
  ).toThrow('no API server');
  expect(share(watch, make).value.number).toBe(0);
});
