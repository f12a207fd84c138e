import { converter, type Converter } from '../../function.js';
import { asBytes, literalString, optional, string } from '../../parameters.js';
import { OttlError } from '../../ottl-error.js';

/** A value as hexadecimal digits, a number as those of its 8 bytes. */
const hex: Converter = converter('Hex', { target: asBytes() }, ({ target }) => {
  return (scene) => Buffer.from(target.get(scene) ?? new Uint8Array()).toString('hex');
});

const variants: ReadonlyMap<string, (bytes: Buffer) => string> = new Map([
  ['base64', (bytes) => bytes.toString('base64')],
  ['base64-raw', (bytes) => bytes.toString('base64').replaceAll('=', '')],
  ['base64-url', (bytes) => bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_')],
  ['base64-raw-url', (bytes) => bytes.toString('base64url')],
]);

const base64Encode: Converter = converter(
  'Base64Encode',
  { target: string(), variant: optional(literalString()) },
  ({ target, variant = 'base64' }) =>
    (scene) => {
      const text = target.get(scene);
      const encode = variants.get(variant);
      if (encode === undefined) throw new OttlError(`unsupported base64 variant: ${variant}`);
      return encode(Buffer.from(text));
    },
);

export const encodeConverters: readonly Converter[] = [hex, base64Encode];
