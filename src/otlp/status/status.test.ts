import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readPartialSuccess } from './partial-success.js';
import { encodeRetryInfo, retryDelayMs } from './retry-info.js';
import { decodeStatus, encodeStatus } from './rpc-status.js';

test('a status that is written is read again, with the delay among its details', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 99 }),
      fc.string(),
      fc.nat({ max: 3_600_000 }),
      fc.array(fc.uint8Array({ maxLength: 200 })),
      (code, message, ms, others) => {
        const status = { code, message, details: [encodeRetryInfo(ms), ...others] };
        const read = decodeStatus(encodeStatus(status));
        expect(read).toEqual({ code, message, details: status.details.map((detail) => new Uint8Array(detail)) });
        expect(retryDelayMs(read!.details)).toBe(ms);
      },
    ),
  );
});

test('whatever a backend responds is read or refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const read = decodeStatus(bytes);
      if (read) expect(Number.isInteger(read.code)).toBe(true);
      expect(retryDelayMs([bytes])).toBeUndefined();
      try {
        expect(typeof readPartialSuccess(bytes).rejected).toBe('bigint');
      } catch (error) {
        expect((error as Error).message).toMatch(/broken field|unexpected EOF|illegal wireType \d/);
      }
    }),
    { numRuns: 1000 },
  );
});

test.each<[string, bigint, string]>([
  ['', 0n, ''],
  ['0a00', 0n, ''],
  ['0a0308ac02', 300n, ''],
  ['0a0b08ffffffffffffffffff01', -1n, ''],
  // The message before the number, an unknown field, and the response given twice: the last one counts.
  ['0a021203', -2n, 'refused'],
  ['0a021a000a07120361626308021807', 2n, 'abc'],
])('a partial success of %s', (hex, rejected, message) => {
  const read = (): unknown => readPartialSuccess(Buffer.from(hex, 'hex'));
  if (message === 'refused') expect(read).toThrow('unexpected EOF');
  else expect(read()).toEqual({ rejected, message });
});

test('a RetryInfo without a delay is one of nothing, and a negative one no delay that anyone means', () => {
  const any = (info: string): Uint8Array => {
    const url = Buffer.from('type.googleapis.com/google.rpc.RetryInfo');
    const value = Buffer.from(info, 'hex');
    return Buffer.concat([Buffer.from([0x0a, url.length]), url, Buffer.from([0x12, value.length]), value]);
  };
  expect(retryDelayMs([any('')])).toBe(0);
  expect(retryDelayMs([any('0a0408031005')])).toBe(3000.000005);
  expect(retryDelayMs([any('0a0b08ffffffffffffffffff01')])).toBe(-1000);
});
