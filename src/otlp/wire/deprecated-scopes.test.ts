import { expect, test } from 'vitest';
import { migration } from './deprecated-scopes.js';

const field = (number: number, ...body: number[]): number[] => {
  const tag = number * 8 + 2;
  return [...(tag < 128 ? [tag] : [(tag & 127) | 128, tag >> 7]), body.length, ...body];
};
function migrate(bytes: Uint8Array): number[] {
  const work = migration(bytes);
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return [...value];
  }
}
const migrated = (...resources: number[][]): number[] =>
  migrate(Uint8Array.from(resources.flatMap((resource) => field(1, ...resource))));
const scope = (name: number): number[] => field(1, ...field(1, name));

test('deprecated scopes move behind the other fields of a resource without scopes', () => {
  expect(migrated([...field(1000, ...scope(1)), ...field(1), ...field(1000, ...scope(2))])).toEqual(
    field(1, ...field(1), ...field(2, ...scope(1)), ...field(2, ...scope(2))),
  );
});

test('deprecated scopes beside others are dropped, resource by resource', () => {
  const both = [...field(1000, ...scope(1)), ...field(2, ...scope(2))];
  expect(migrated(both, field(1000, ...scope(3)), field(3, 9))).toEqual([
    ...field(1, ...field(2, ...scope(2))),
    ...field(1, ...field(2, ...scope(3))),
    ...field(1, ...field(3, 9)),
  ]);
});

test('a length in more bytes than it needs is read, and written in as few as it needs', () => {
  const [high, low] = field(1000);
  const wide = [high as number, low as number, 0x81, 0x80, 0, 5];
  expect(migrate(Uint8Array.from([0x8a, 0, 0x86, 0, ...wide]))).toEqual(field(1, ...field(2, 5)));
});

test('unknown fields beside the resources stay where they are', () => {
  const bytes = [...field(5, 1), ...field(1, ...field(1000)), ...field(5, 2)];
  expect(migrate(Uint8Array.from(bytes))).toEqual([...field(5, 1), ...field(1, ...field(2)), ...field(5, 2)]);
});
