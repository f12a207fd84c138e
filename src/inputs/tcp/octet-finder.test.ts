import { expect, test } from 'vitest';
import { LineSplitter } from '../../lines/line-splitter.js';
import { textEncoding } from '../../lines/text-encoding.js';
import { OctetFinder } from './octet-finder.js';

/** The bytes, and how many of them were looked at one by one. */
function counted(bytes: Buffer): { readonly bytes: Buffer; readonly reads: () => number } {
  let reads = 0;
  const proxy = new Proxy(bytes, {
    get(target, name) {
      if (typeof name === 'string' && /^\d+$/.test(name)) reads++;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  return { bytes: proxy, reads: () => reads };
}

test.each([
  ['digits', '1'.repeat(5000)],
  ['a line', '<34>text'.repeat(600)],
])('%s that come byte by byte are not looked at again and again', (_, text) => {
  const finder = new OctetFinder();
  let reads = 0;
  for (let length = 1; length <= text.length; length++) {
    const seen = counted(Buffer.from(text.slice(0, length)));
    finder.begin(seen.bytes, 0);
    expect(finder.find(0)).toBe(false);
    reads += seen.reads();
  }
  expect(reads).toBeLessThan(100 * text.length);
});

test('a length of more digits than any is a line', () => {
  const finder = new OctetFinder();
  const bytes = Buffer.from(`${'9'.repeat(30)} x\n5 abcde`);
  finder.begin(bytes, 0);
  expect([finder.find(0), finder.start, finder.end]).toEqual([true, 0, 32]);
  expect([finder.find(finder.after), finder.start, finder.end]).toEqual([true, 33, 40]);
});

test('line ends between frames are not kept', () => {
  const finder = new OctetFinder();
  finder.begin(Buffer.from('\r\n\n1 a'), 0);
  expect([finder.find(0), finder.start, finder.end, finder.after]).toEqual([true, 3, 3, 3]);
  expect([finder.find(3), finder.start, finder.end]).toEqual([true, 3, 6]);
});

test('frames that end within a character are not valid UTF-8', () => {
  const splitter = new LineSplitter({
    encoding: textEncoding('utf-8')!,
    finder: new OctetFinder(),
    keepLeading: true,
    keepTrailing: true,
    maxBytes: 100,
    oversize: 'truncate',
  });
  const bytes = Buffer.from('3 aé2 é4 é ab');
  splitter.begin(bytes, 0, bytes.length, 'nothing');
  const lines: unknown[] = [];
  while (splitter.next()) lines.push([bytes.toString('utf8', splitter.start, splitter.end), splitter.isText]);
  expect(lines).toEqual([
    ['3 aé', true],
    ['2 é', true],
    ['4 é a', true],
    ['b', true],
  ]);
  const broken = Buffer.from('2 aéb\n');
  splitter.begin(broken, 0, broken.length, 'nothing');
  const valid: boolean[] = [];
  while (splitter.next()) valid.push(splitter.isText);
  expect(valid).toEqual([false, false]);
});
