import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Cors } from './cors.js';

test('an origin is allowed by a pattern with wildcards as a regular expression would allow it', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', 'A'), maxLength: 6 });
  const text = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(letters, text, (pattern, origin) => {
      const cors = new Cors({ allowed_origins: [pattern], allowed_headers: [], exposed_headers: [], max_age: 0 });
      const { fields } = cors.respond({ method: 'POST', headers: { origin } });
      const expected = new RegExp(`^${pattern.replaceAll('*', '.*')}$`, 'i').test(origin);
      expect(fields['access-control-allow-origin'] !== undefined).toBe(expected);
    }),
    { numRuns: 2000 },
  );
});
