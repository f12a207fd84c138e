import { expect, test } from 'vitest';
import { textEncoding } from './text-encoding.js';

test.each<[name: string, hex: string, text: string]>([
  ['utf-8', '6f6b20fffe78', 'ok \ufffd\ufffdx'],
  ['utf-8', 'efbbbf61', '\ufeffa'],
  ['ascii', '61e962', 'a\ufffdb'],
  ['US-ASCII', '61', 'a'],
  ['utf-16le', '6800e900', 'hé'],
  ['UTF-16', '6800', 'h'],
  ['utf-16le', '6800ac', 'h\ufffd'],
  ['utf-16be', '006800e9', 'hé'],
  ['iso-8859-1', '636166e980', 'café\u0080'],
  ['latin1', 'e9', 'é'],
  ['windows-1252', '80', '€'],
  ['shift_jis', '93fa967b', '日本'],
  ['big5', 'a4e9a5bb', '日本'],
  ['gbk', 'c8d5b1be', '日本'],
  ['gb18030', '8130 8130'.replace(' ', ''), '\u0080'],
  ['euc-kr', 'c7d1', '한'],
  ['koi8-r', 'd7', 'в'],
])('%s: %s', (name, hex, text) => {
  const bytes = Buffer.from(hex, 'hex');
  expect(textEncoding(name)?.decode(bytes, 0, bytes.length)).toBe(text);
});

test.each(['utf-17', 'utf-32', 'constructor', 'replacement'])('%s is no encoding', (name) => {
  expect(textEncoding(name)).toBeUndefined();
});

test('every encoding takes text that is cut anywhere', () => {
  for (const name of [
    'utf-8',
    'utf-16le',
    'utf-16be',
    'big5',
    'gbk',
    'gb18030',
    'shift_jis',
    'euc-jp',
    'iso-2022-jp',
  ]) {
    const bytes = Buffer.from('f09f9880e697a5e69cac1b2442467c4b5c1b284241c3a9', 'hex');
    for (let from = 0; from < bytes.length; from++)
      for (let to = from; to <= bytes.length; to++)
        expect(typeof textEncoding(name)?.decode(bytes, from, to)).toBe('string');
  }
});
