import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineSplitter } from './line-splitter.js';
import { textEncoding } from './text-encoding.js';

const bytes = fc
  .array(fc.constantFrom(...[0x0a, 0x0d, 0x20, 0x41, 0x00, 0xc3, 0xa9, 0xff, 0xe2]), { maxLength: 60 })
  .map((values) => Buffer.from(values));
const cuts = fc.array(fc.nat(60), { maxLength: 6 });

/** The lines as the specification words it, from all bytes at once. */
function expected(all: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let from = 0; ;) {
    const at = all.indexOf(10, from);
    if (at < 0) return lines;
    lines.push(all.subarray(from, all[at - 1] === 13 && at > from ? at - 1 : at));
    from = at + 1;
  }
}

test('wherever the bytes are cut, the lines are the same, and none is lost', () => {
  fc.assert(
    fc.property(bytes, cuts, (all, places) => {
      const encoding = textEncoding('utf-8')!;
      const splitter = new LineSplitter({
        ...{ encoding, keepLeading: true, keepTrailing: true, maxBytes: 1000, oversize: 'split' },
      });
      const found: Buffer[] = [];
      let begin = 0;
      for (const to of [...places.filter((place) => place < all.length).sort((a, b) => a - b), all.length]) {
        splitter.begin(all, begin, to, to < all.length ? 'more' : 'later');
        while (splitter.next()) found.push(all.subarray(splitter.start, splitter.end));
        begin = splitter.rest;
      }
      expect(found.map((line) => line.toString('hex'))).toEqual(expected(all).map((line) => line.toString('hex')));
    }),
  );
});

test('cut lines are as long as allowed, and together they are the line', () => {
  fc.assert(
    fc.property(bytes, fc.integer({ min: 1, max: 9 }), (all, maxBytes) => {
      const encoding = textEncoding('utf-8')!;
      const splitter = new LineSplitter({
        ...{ encoding, keepLeading: true, keepTrailing: true, maxBytes, oversize: 'split' },
      });
      splitter.begin(all, 0, all.length, 'nothing');
      let rest = 0;
      while (splitter.next()) {
        expect(splitter.from).toBe(rest);
        expect(splitter.end - splitter.start).toBeLessThanOrEqual(maxBytes);
        expect(splitter.rest).toBeGreaterThan(rest);
        ({ rest } = splitter);
      }
      expect(rest).toBe(all.length);
    }),
  );
});
