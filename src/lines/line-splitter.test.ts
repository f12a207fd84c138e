import { expect, test } from 'vitest';
import { pattern } from '../pattern/pattern.js';
import type { Following } from './line-finder.js';
import { LineSplitter, type SplitOptions } from './line-splitter.js';
import { textEncoding } from './text-encoding.js';

function options(more: Partial<SplitOptions> & { readonly named?: string } = {}): SplitOptions {
  const encoding = textEncoding(more.named ?? 'utf-8')!;
  return { encoding, keepLeading: false, keepTrailing: false, maxBytes: 1 << 20, oversize: 'split', ...more };
}

/** The lines of some pieces of a source, with what each was decoded to; the last piece is followed by `last`. */
function linesOf(split: SplitOptions, pieces: readonly Buffer[], last: Following = 'later'): string[] {
  const splitter = new LineSplitter(split);
  let left: Buffer = Buffer.alloc(0);
  const lines: string[] = [];
  for (const [i, piece] of pieces.entries()) {
    left = Buffer.concat([left, piece]);
    splitter.begin(left, 0, left.length, i < pieces.length - 1 ? 'more' : last);
    while (splitter.next()) lines.push(split.encoding.decode(left, splitter.start, splitter.end));
    left = left.subarray(splitter.rest);
  }
  return lines;
}

const text = (value: string): readonly Buffer[] => [Buffer.from(value)];
const start = (source: string, omit = false): SplitOptions =>
  options({ multiline: { at: 'start', pattern: pattern(`(?m)${source}`), omit } });
const end = (source: string, omit = false): SplitOptions =>
  options({ multiline: { at: 'end', pattern: pattern(`(?m)${source}`), omit } });

test('lines end at line feeds; a carriage return before one and blanks around the text are left out', () => {
  expect(linesOf(options(), text('a\n b \r\n\n\t\nc'))).toEqual(['a', 'b', '', '']);
  expect(linesOf(options({ keepLeading: true, keepTrailing: true }), text(' a \r\n'))).toEqual([' a ']);
});

test('what has no end is a line only when nothing follows', () => {
  expect(linesOf(options(), text('a\nb'), 'later')).toEqual(['a']);
  expect(linesOf(options(), text('a\nb'), 'nothing')).toEqual(['a', 'b']);
});

test.each([
  ['split', ['abcdefghij', 'klmnopqrst', 'uvwxyz', 'short', '0123456789', '']],
  ['truncate', ['abcdefghij', 'short', '0123456789']],
] as const)('a line that is too long, %s', (oversize, expected) => {
  const lines = 'abcdefghijklmnopqrstuvwxyz\nshort\n0123456789\n';
  expect(linesOf(options({ maxBytes: 10, oversize }), text(lines)).filter((line) => line !== '')).toEqual(
    expected.filter((line) => line !== ''),
  );
  // The same when its end comes later.
  const pieces = [...lines].map((character) => Buffer.from(character));
  expect(linesOf(options({ maxBytes: 10, oversize }), pieces).filter((line) => line !== '')).toEqual(
    expected.filter((line) => line !== ''),
  );
});

test('a line that is cut within a character is not valid UTF-8, its neighbours are', () => {
  const splitter = new LineSplitter(options({ maxBytes: 5 }));
  const bytes = Buffer.from('ééééééé\nok\n');
  splitter.begin(bytes, 0, bytes.length, 'later');
  const valid: boolean[] = [];
  while (splitter.next()) valid.push(splitter.isText);
  expect(valid).toEqual([false, false, true, true]);
});

test('a last line that ends within a character is not valid UTF-8', () => {
  const splitter = new LineSplitter(options());
  const bytes = Buffer.from('ok\nend é').subarray(0, -1);
  splitter.begin(bytes, 0, bytes.length, 'nothing');
  const valid: boolean[] = [];
  while (splitter.next()) valid.push(splitter.isText);
  expect(valid).toEqual([true, false]);
});

test.each(['line feeds', 'a pattern'])('the rest of a truncated line keeps to whole characters, by %s', (by) => {
  const multiline = { at: 'end', pattern: pattern('é\\n'), omit: true } as const;
  const split = (named: string): SplitOptions => ({
    ...options({ named, maxBytes: 10, oversize: 'truncate' }),
    ...(by === 'a pattern' && { multiline }),
  });
  const lines = `${'é'.repeat(5000)}é\nshorté\n`;
  const expected = by === 'a pattern' ? 'short' : 'shorté';
  for (const [named, bytes] of [
    ['utf-16le', Buffer.from(lines, 'utf16le')],
    ['utf-8', Buffer.from(lines)],
  ] as const)
    for (let cut = 9000; cut < 9008; cut++) {
      const found = linesOf({ ...split(named), maxBytes: 12 }, [bytes.subarray(0, cut), bytes.subarray(cut)]);
      expect(found.at(-1)).toBe(expected.slice(0, 6));
    }
});

test('UTF-16 is divided between its units', () => {
  const low = Buffer.from('h\u0a00\u000a!\n', 'utf16le');
  const high = Buffer.from(low).swap16();
  expect(linesOf(options({ named: 'utf-16le', keepTrailing: true }), [low])).toEqual(['h\u0a00', '!']);
  expect(linesOf(options({ named: 'utf-16be', keepTrailing: true }), [high])).toEqual(['h\u0a00', '!']);
  for (let cut = 0; cut <= low.length; cut++)
    expect(
      linesOf(options({ named: 'utf-16le', keepTrailing: true }), [low.subarray(0, cut), low.subarray(cut)]),
    ).toEqual(['h\u0a00', '!']);
});

test('lines that begin with a pattern', () => {
  expect(linesOf(start('^LOG '), text('LOG 1\n  more\nLOG 2\nLOG 3\nx\n'), 'nothing')).toEqual([
    'LOG 1\n  more',
    'LOG 2',
    'LOG 3\nx',
  ]);
  expect(linesOf(start('LOG '), text('head\nLOG 1\nLOG 2\n'), 'later')).toEqual(['head', 'LOG 1']);
  expect(linesOf(start('LOG ', true), text('LOG 1\n more\nLOG 2\n'), 'nothing')).toEqual(['1\n more', 'LOG 2']);
  expect(linesOf(start('^LOG'), text('x LOG 1\nLOG 2\nx LOG 3\n'), 'nothing')).toEqual(['x LOG 1', 'LOG 2\nx LOG 3']);
});

test('lines that end with a pattern', () => {
  expect(linesOf(end('END'), text('a\nb END\nc END\nrest\n'), 'nothing')).toEqual(['a\nb END', 'c END', 'rest']);
  expect(linesOf(end('END\\n', true), text('a\nb END\nc END\n'), 'later')).toEqual(['a\nb', 'c']);
});

test('a pattern finds its places behind characters of several bytes, and in bytes that are no text', () => {
  expect(linesOf(start('^é'), text('é1 😀\né2 ü\né3'), 'nothing')).toEqual(['é1 😀', 'é2 ü', 'é3']);
  const broken = Buffer.concat([Buffer.from('L1 '), Buffer.from([0xff]), Buffer.from(' é\nL2\n')]);
  expect(linesOf(start('^L'), [broken], 'nothing')).toEqual(['L1 \ufffd é', 'L2']);
});

test('a long line is searched once for its end', () => {
  const splitter = new LineSplitter(options({ maxBytes: 1 << 22 }));
  const bytes = Buffer.alloc(1 << 22, 'x');
  let searched = 0;
  const indexOf = bytes.indexOf.bind(bytes);
  for (let to = 4096; to < bytes.length; to += 4096) {
    const seen = bytes.subarray(0, to);
    seen.indexOf = ((value: number, from: number) => {
      searched += to - from;
      return indexOf(value, from) >= to ? -1 : -1;
    }) as typeof bytes.indexOf;
    splitter.begin(seen, 0, to, 'more');
    expect(splitter.next()).toBe(false);
  }
  expect(searched).toBeLessThan(2 * bytes.length);
});

test('nop takes everything that there is', () => {
  expect(linesOf(options({ named: 'nop' }), text(' a\n b\n'))).toEqual([' a\n b\n']);
  expect(linesOf(options({ named: 'nop', maxBytes: 3 }), text('abcdefgh'))).toEqual(['abc', 'def', 'gh']);
});
