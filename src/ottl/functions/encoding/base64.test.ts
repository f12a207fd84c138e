import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeBase64 } from './base64.js';

const padded = { isUrl: false, isPadded: true };
const raw = { isUrl: true, isPadded: false };

it('decodes what Node has encoded', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const buffer = Buffer.from(bytes);
      expect(decodeBase64(Buffer.from(buffer.toString('base64')), padded)).toEqual(buffer);
      expect(decodeBase64(Buffer.from(buffer.toString('base64url')), raw)).toEqual(buffer);
    }),
  );
});

it.each([
  ['aGVsbG8', 4],
  ['a!', 1],
  ['a', 0],
  ['=', 0],
  ['aa=', 3],
  ['aa=a', 2],
  ['aaa=a', 4],
  ['aGk=\n', undefined],
  ['aG\r\nk=', undefined],
  ['aGk-', 3],
])('%j: the first fault at byte %s', (text, at) => {
  const decode = (): Buffer => decodeBase64(Buffer.from(text), padded);
  if (at === undefined) expect(decode().toString()).toBe('hi');
  else expect(decode).toThrow(`illegal base64 data at input byte ${at}`);
});
