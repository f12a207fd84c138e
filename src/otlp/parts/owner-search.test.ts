import { expect, test } from 'vitest';
import { validate } from '../wire/validate.js';
import { OwnerSearch } from './owner-search.js';

const count = 20_000;

test('the scope and resource of any item are found in a few steps, near or far ahead, past empty ones', () => {
  // Every third resource has a scope without items, every third no scope at all.
  const three = Buffer.from([0x0a, 4, 0x12, 2, 0x12, 0, 0x0a, 2, 0x12, 0, 0x0a, 0]);
  const { index } = validate('traces', Buffer.concat(Array<Buffer>(count).fill(three)));
  const search = new OwnerSearch();
  for (const distance of [1, 2, 777, count - 1]) {
    const before = search.steps;
    let scope = 0;
    let resource = 0;
    let searches = 0;
    for (let item = 0; item < count; item += distance) {
      scope = search.scopeOf(index, item, scope);
      resource = search.resourceOf(index, scope, resource);
      searches += 2;
      expect([scope, resource]).toEqual([item * 2, item * 3]);
    }
    const most = 4 + 2 * Math.log2(distance * 3);
    expect((search.steps - before) / searches).toBeLessThan(most);
  }
});
