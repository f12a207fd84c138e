import { converter, type Converter } from '../../function.js';
import { OttlError, StatementError } from '../../ottl-error.js';
import { asBytes } from '../../parameters.js';
import { Opaque, SpanId, TraceId, type Value } from '../../value.js';

/** Converters that make IDs of bytes, or of as many hexadecimal digits. */
export const idFunctions: readonly Converter[] = [
  id('TraceID', 16, (bytes) => new TraceId(bytes)),
  id('SpanID', 8, (bytes) => new SpanId(bytes)),
  id('ProfileID', 16, (bytes) => new Opaque('pprofile.ProfileID', bytes.length, bytes)),
];

function id(name: string, length: number, make: (bytes: Uint8Array) => Value): Converter {
  return converter(name, { target: asBytes() }, ({ target }) => {
    const decode = (value: Uint8Array | undefined): Value => make(decoded(name, length, value ?? new Uint8Array(0)));
    const { constant } = target;
    if (constant === undefined) return (scene) => decode(target.get(scene));
    try {
      const value = decode(constant.value);
      return () => value;
    } catch (error) {
      if (error instanceof OttlError) throw new StatementError(error.message);
      throw error;
    }
  });
}

function decoded(name: string, length: number, bytes: Uint8Array): Uint8Array {
  if (bytes.length === length) return bytes;
  if (bytes.length !== 2 * length)
    throw new OttlError(
      `${name}: could not decode ID: invalid length: expected ${length} or ${2 * length} bytes, got ${bytes.length}`,
    );
  const text = Buffer.from(bytes).toString('latin1');
  const wrong = /[^0-9a-fA-F]/.exec(text);
  if (wrong === null) return Uint8Array.from(Buffer.from(text, 'hex'));
  const code = wrong[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  throw new OttlError(`${name}: could not decode ID: invalid hex: encoding/hex: invalid byte: U+${code} '${wrong[0]}'`);
}
