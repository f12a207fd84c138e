import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arbitraryOtlp } from '../../../../test/support/arbitrary-otlp.js';
import { signals } from '../../../otlp/signal.js';
import { validate } from '../../../otlp/wire/validate.js';
import { TextPage } from './text-page.js';
import { textPieces, type Shown } from './pieces.js';

const runs = Number(process.env['KANMON_FUZZ_RUNS'] ?? 200);

test.each(signals.flatMap((signal) => (['normal', 'detailed'] as const).map((shown) => [signal, shown] as const)))(
  '%s, %s: pieces of any size make up the text that is written at once',
  (signal, shown: Shown) => {
    const requests = fc.array(arbitraryOtlp(signal), { minLength: 1, maxLength: 3 }).map((list) => Buffer.concat(list));
    fc.assert(
      fc.property(requests, fc.integer({ min: 1, max: 300 }), (bytes, size) => {
        const batch = validate(signal, bytes);
        const whole = [...textPieces(batch, shown, new TextPage(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY))];
        expect(whole).toHaveLength(1);
        expect([...textPieces(batch, shown, new TextPage(size, 6))].join('')).toBe(whole[0]);
      }),
      { numRuns: runs },
    );
  },
);
