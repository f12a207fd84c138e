import { afterEach, beforeEach, expect, test } from 'vitest';
import { FileWorld } from '../../../test/support/file-world.js';

let files: FileWorld;
beforeEach(() => {
  files = new FileWorld();
});
afterEach(() => files.remove());

/** The bytes of a character, found by decoding all that could be: Node encodes these only as UTF-8 and UTF-16. */
function bytesIn(decoder: InstanceType<typeof TextDecoder>, character: string): Buffer {
  for (let first = 0; first < 0x100; first++) {
    if (decoder.decode(Buffer.of(first)) === character) return Buffer.of(first);
    for (let second = 0x40; second < 0x100; second++) {
      const bytes = Buffer.of(first, second);
      if (decoder.decode(bytes) === character) return bytes;
    }
  }
  throw new Error(`${decoder.encoding} has no ${character}`);
}

function encode(encoding: string, text: string): Buffer {
  if (encoding.startsWith('utf-8')) return Buffer.from(text);
  if (encoding === 'utf-16le') return Buffer.from(text, 'utf16le');
  if (encoding === 'utf-16be') return Buffer.from(text, 'utf16le').swap16();
  if (encoding === 'iso-2022-jp') return jisOf(text);
  const decoder = new TextDecoder(encoding);
  return Buffer.concat(Array.from(text, (character) => special[encoding]?.[character] ?? bytesIn(decoder, character)));
}

/** Characters of four and three bytes. */
const special: Readonly<Record<string, Readonly<Record<string, Buffer>>>> = {
  gb18030: { '😀': Buffer.of(0x94, 0x39, 0xfc, 0x36) },
  'windows-1252': { '€': Buffer.of(0x80) },
  'euc-jp': { 丂: Buffer.of(0x8f, 0xb0, 0xa1) },
};

/** Between escape sequences each character has two bytes, those of EUC-JP without their highest bits. */
function jisOf(text: string): Buffer {
  const eucJp = new TextDecoder('euc-jp');
  return Buffer.concat(
    text
      .split(/([^\0-\x7f]+)/u)
      .map((part) =>
        /^[\0-\x7f]*$/u.test(part)
          ? Buffer.from(part)
          : Buffer.concat([
              Buffer.from('\x1b$B'),
              ...Array.from(part, (character) => bytesIn(eucJp, character).map((byte) => byte & 0x7f)),
              Buffer.from('\x1b(B'),
            ]),
      ),
  );
}

const cases: readonly [encoding: string, text: string][] = [
  ['utf-8', 'naïve 日本語 😀 end'],
  ['utf-8-raw', 'naïve 日本語 😀 end'],
  ['utf-16le', 'naïve 日本語 😀 \u0a0a\u200a\u0d00 end'],
  ['utf-16be', 'naïve 日本語 😀 \u0a0a\u0a20\u000d1 end'],
  ['big5', '日本語 功 end'],
  ['shift_jis', '日本語 ソ表 ｱ end'],
  ['euc-jp', '日本語 丂 end'],
  ['euc-kr', '日本語 한국 end'],
  ['gbk', '日本語 汉字 end'],
  ['gb18030', '日本語 😀 end'],
  ['iso-2022-jp', '日本語 end 日本'],
  ['windows-1252', 'naïve €20 end'],
  ['iso-8859-1', 'naïve £20 end'],
  ['koi8-r', 'привет end'],
];

/** A file for each place in which the text can be cut, which begins with its number. */
function cutFiles(encoding: string, text: string): { name: string; whole: string; head: Buffer; rest: Buffer }[] {
  const { length } = encode(encoding, text);
  return Array.from({ length: length - 1 }, (_, i) => {
    const whole = `${i}: ${text}`;
    const bytes = encode(encoding, `${whole}\n`);
    const at = encode(encoding, `${i}: `).length + 1 + i;
    return { name: `${i}.log`, whole, head: bytes.subarray(0, at), rest: bytes.subarray(at) };
  });
}

test.each(cases)(
  '%s: a file that ends within a character, and has the rest later, is one line',
  async (encoding, text) => {
    const all = cutFiles(encoding, text);
    for (const { name, head } of all) files.write(name, head);
    await files.start({ encoding, force_flush_period: '10h' });
    await files.logged('Started watching file', all.length);
    await files.polls(3);
    expect(files.bodies).toEqual([]);
    for (const { name, rest } of all) files.append(name, rest);
    await files.read(all.length);
    expect(new Set(files.bodies)).toEqual(new Set(all.map(({ whole }) => whole)));
    expect(files.bodies).toHaveLength(all.length);
  },
);

test.each(cases)(
  '%s: a line that counts as one without an end has whole characters, and so has its rest',
  async (encoding, text) => {
    const all = cutFiles(encoding, text);
    for (const { name, head } of all) files.write(name, head);
    const kept = { preserve_leading_whitespaces: true, preserve_trailing_whitespaces: true };
    await files.start({ encoding, force_flush_period: '10s', ...kept });
    await files.logged('Started watching file', all.length);
    await files.polls(3);
    await files.world.clock.pass(10_000);
    await files.read(all.length);
    for (const { name, rest } of all) files.append(name, rest);
    const partsOf = (name: string): unknown[] =>
      files.records.filter(({ attributes }) => attributes['log.file.name'] === name).map(({ body }) => body);
    await files.until('the rest', () => all.every(({ name }) => partsOf(name).length > 1));
    for (const { name, whole } of all) expect(partsOf(name).join('')).toBe(whole);
  },
);
