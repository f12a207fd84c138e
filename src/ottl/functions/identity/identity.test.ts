import { expect, it } from 'vitest';

import { callConverter, named } from '../../../../test/support/ottl-call.js';
import { Opaque, SpanId, TraceId } from '../../value.js';
import { idFunctions } from './ids.js';
import { uuidFunctions } from './uuids.js';

const digits = '0102030405060708090A0b0c0d0e0f10';
const bytes = Uint8Array.from(Buffer.from(digits, 'hex'));

it('makes IDs of bytes, and of bytes that are digits', () => {
  expect(callConverter(named(idFunctions, 'TraceID'), bytes)).toEqual(new TraceId(bytes));
  expect(callConverter(named(idFunctions, 'TraceID'), Buffer.from(digits))).toEqual(new TraceId(bytes));
  expect(callConverter(named(idFunctions, 'SpanID'), bytes.slice(0, 8))).toEqual(new SpanId(bytes.slice(0, 8)));
  expect(callConverter(named(idFunctions, 'ProfileID'), bytes)).toBeInstanceOf(Opaque);
});

it.each([
  [Uint8Array.of(1), 'SpanID: could not decode ID: invalid length: expected 8 or 16 bytes, got 1'],
  [Buffer.from('zz02030405060708'), "invalid hex: encoding/hex: invalid byte: U+007A 'z'"],
])('refuses %j', (value, message) => {
  expect(() => callConverter(named(idFunctions, 'SpanID'), value)).toThrow(message);
});

it('makes UUIDs', () => {
  expect(callConverter(named(uuidFunctions, 'UUID'))).toBe('abababab-abab-4bab-abab-abababababab');
  // The first 48 bits are the milliseconds of the held clock.
  expect(callConverter(named(uuidFunctions, 'UUIDv7'))).toBe('019ca945-0a00-7bab-abab-abababababab');
});
