import { isUtf8 } from 'node:buffer';
import { OctetFinder } from '../../src/inputs/tcp/octet-finder.js';
import { TrailerFinder } from '../../src/inputs/tcp/trailer-finder.js';
import { LineSplitter, type SplitOptions } from '../../src/lines/line-splitter.js';
import type { LineFinder } from '../../src/lines/line-finder.js';
import { textEncoding, type TextEncoding } from '../../src/lines/text-encoding.js';
import { WholeFinder } from '../../src/lines/whole-finder.js';
import { pattern } from '../../src/pattern/pattern.js';
import { law } from './law.js';
import type { Target } from './targets.js';

const names = ['utf-8', 'utf-8-raw', 'utf-16le', 'utf-16be', 'latin1', 'windows-1252', 'shift_jis', 'gb18030', 'big5'];

function encodingOf(name: string): TextEncoding {
  const encoding = textEncoding(name);
  if (!encoding) throw new Error(`no encoding ${name}`);
  return encoding;
}

const encodings: readonly TextEncoding[] = names.map(encodingOf);

interface Division extends Pick<SplitOptions, 'multiline'> {
  readonly finder?: () => LineFinder;
  /** Whether the same lines are found however the bytes come. */
  readonly isExact: boolean;
}

const divisions: readonly Division[] = [
  { isExact: true },
  { isExact: true, finder: () => new OctetFinder() },
  { isExact: true, finder: () => new TrailerFinder() },
  { isExact: false, finder: () => new WholeFinder() },
  { isExact: false, multiline: { at: 'start', pattern: pattern('(?m)^\\d+ '), omit: false } },
  { isExact: false, multiline: { at: 'start', pattern: pattern('(?m)[a-z]é?'), omit: true } },
  { isExact: false, multiline: { at: 'end', pattern: pattern('(?m);$'), omit: false } },
  { isExact: false, multiline: { at: 'end', pattern: pattern('(?m)--+|\\x{fffd}'), omit: true } },
];

/** The lines of bytes that come in pieces of `step`, each as Latin-1 without those that are empty. */
function linesOf(input: Buffer, step: number, options: SplitOptions): string[] {
  const splitter = new LineSplitter(options);
  const { encoding } = options;
  const lines: string[] = [];
  let held = Buffer.alloc(0);
  let calls = 0;
  for (let at = 0; at < input.length; at += step) {
    const bytes = Buffer.concat([held, input.subarray(at, at + step)]);
    const isLast = at + step >= input.length;
    splitter.begin(bytes, 0, bytes.length, isLast ? 'nothing' : 'later');
    for (let before = 0; splitter.next(); before = splitter.rest) {
      calls++;
      const { start, end, from, rest } = splitter;
      law(rest > before || end > start, 'a line that takes nothing');
      law(from >= before && start >= from && end >= start, 'a line before the one before');
      law(rest >= end && rest <= bytes.length, 'a line outside of the bytes');
      law(end - start <= options.maxBytes, 'a line that is too long');
      law(splitter.isText === isUtf8(bytes.subarray(start, end)), 'text that is none');
      law(encoding.decode(bytes, start, end).length <= end - start, 'more characters than bytes');
      if (end > start) lines.push(bytes.toString('latin1', start, end));
    }
    // A copy: the memory of what came before is used again.
    held = Buffer.from(bytes.subarray(splitter.rest));
    law(splitter.skipping || held.length < Math.max(16, options.maxBytes + 16), 'more is held than a line');
  }
  law(calls <= 2 * input.length + 1, 'more lines than bytes');
  law(splitter.skipping || held.length === 0, 'bytes are left');
  return lines;
}

/**
 * Lines of every encoding and framing. The first byte chooses the encoding, the second the division, the third how the
 * bytes are cut, how long lines may be, and what becomes of blanks and of the rest of a longer line.
 */
export const lineSplits: Target = {
  name: 'line-splits',
  share: 0.3,
  seeds: [
    ['\x00\x00\x10', 'first\r\nsecond \xc3\xa9\n\n  third', 'latin1'],
    ['\x00\x01\x11', '18 <1>1 - h a - - - x\n<34>plain\r\n5 12345\n99999999999 x\n', 'latin1'],
    ['\x00\x02\x12', 'a b\0\0c', 'latin1'],
    ['\x00\x04\x33', '1 a\n b\n2 \xc3\xa9\n3', 'latin1'],
    ['\x00\x05\x14', 'x y a\xc3\xa9 \xe2\x82\xac b', 'latin1'],
    ['\x01\x06\xf5', 'one\ntwo;\nthree\xff;\n', 'latin1'],
    ['\x00\x07\x56', 'one--two---three\xff-', 'latin1'],
    ['\x04\x00\x77', 'latin \xe9\nline\r\n', 'latin1'],
    ['\x06\x00\x18', '\x83e\x83X\n\x83g', 'latin1'],
  ]
    .map(([head = '', text = '']) => Buffer.from(head + text, 'latin1'))
    .concat([
      Buffer.concat([Buffer.from([2, 0, 0x91]), Buffer.from('zwölf\r\n\u010a\nlast', 'utf16le')]),
      Buffer.concat([Buffer.from([3, 0, 0x92]), Buffer.from('zwölf\r\n\u010a\nlast', 'utf16le').swap16()]),
      Buffer.concat([Buffer.from([2, 4, 0x93]), Buffer.from('1 one\n2 two\n', 'utf16le')]),
    ]),
  run(input) {
    const [first = 0, second = 0, flags = 0] = input;
    const encoding = encodings[first % encodings.length] ?? encodingOf('utf-8');
    const { isExact, finder, multiline } = divisions[second % divisions.length] ?? { isExact: true };
    const options = (): SplitOptions => ({
      encoding,
      multiline,
      finder: finder?.(),
      keepLeading: (flags & 0x10) !== 0,
      keepTrailing: (flags & 0x20) !== 0,
      maxBytes: flags & 0x40 ? 16 : 8192,
      // The rest of a frame is no frame.
      oversize: finder || flags & 0x80 ? 'truncate' : 'split',
    });
    const bytes = Buffer.from(input.subarray(3));
    const whole = linesOf(bytes, Math.max(1, bytes.length), options());
    const cut = linesOf(bytes, 1 + (flags & 0xf) * 3, options());
    law(!isExact || cut.join('\n') === whole.join('\n'), `${cut.length} lines in pieces, ${whole.length} at once`);
    return `${first % encodings.length} ${second % divisions.length} ${flags >> 4} ${Math.min(3, whole.length)}`;
  },
};
