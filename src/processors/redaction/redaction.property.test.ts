import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arbitraryOtlp } from '../../../test/support/arbitrary-otlp.js';
import { heldWorld } from '../../../test/support/held-world.js';
import { attributesOf, spanOf } from '../../../test/support/redacted.js';
import { emptyContext } from '../../component/consumer.js';
import type { Batch } from '../../otlp/batch.js';
import { validate } from '../../otlp/wire/validate.js';
import { sanitizedJson } from './databases/json-query.js';
import { sanitizedMemcached } from './databases/memcached.js';
import { sanitizedRedis } from './databases/redis.js';
import { anySql, sanitizedSql, sqlDialects } from './databases/sql.js';
import { definition } from './index.js';
import { sanitizedUrl } from './urls/sanitized-url.js';

const runs = Number(process.env['KANMON_FUZZ_RUNS'] ?? 200);
const enabled = { enabled: true, attributes: ['service.name', 'host.name', 'db.statement'] };
const everything = {
  ...{ allowed_keys: ['service.name', 'host.name'], ignored_key_patterns: ['^a'], blocked_values: ['[0-9]', 'a+$'] },
  ...{ blocked_key_patterns: ['^b'], allowed_values: ['z'], redact_all_types: true, summary: 'debug' },
  url_sanitizer: enabled,
  db_sanitizer: {
    ...{ sql: enabled, redis: enabled, valkey: enabled, memcached: enabled, mongo: enabled, opensearch: enabled },
    ...{ es: enabled, allow_fallback_without_system: true },
  },
};

test.each(['traces', 'logs', 'metrics'] as const)(
  'any %s pass, and a second time nothing is removed',
  async (signal) => {
    await fc.assert(
      fc.asyncProperty(arbitraryOtlp(signal), async (bytes) => {
        const world = heldWorld({ signal });
        const seen: Batch[] = [];
        const next = { consume: (batch: Batch) => Promise.resolve(void seen.push(batch)) };
        const processor = await definition.create(definition.config.parse(everything), world.context, next);
        const batch = validate(signal, bytes);
        await processor.consume(batch, emptyContext);
        expect(world.books.balance).toBe(0);
        for (const result of seen) expect(validate(signal, result.bytes).itemCount).toBe(batch.itemCount);
      }),
      { numRuns: runs },
    );
  },
);

const hostile = fc
  .array(
    fc.constantFrom("'", '"', '`', '\\', '$', '$a$', '/*', '*/', '--', '\n', '{', '}', '[', ']', ':', ',', '1', 'x'),
  )
  .map((parts) => parts.join(''));
const texts = fc.oneof(hostile, fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }));

test('sanitizers take any text, and their result is no longer than three times that', () => {
  fc.assert(
    fc.property(texts, (text) => {
      for (const dialect of [anySql, ...sqlDialects.values()])
        expect(sanitizedSql(text, dialect).length).toBeLessThanOrEqual(text.length);
      for (const each of [sanitizedRedis, sanitizedMemcached, sanitizedUrl])
        expect(each(text).length).toBeLessThanOrEqual(text.length);
      expect(sanitizedJson(text).length).toBeLessThanOrEqual(3 * text.length + 3);
    }),
    { numRuns: 10 * runs },
  );
});

const plain = fc.string({ unit: fc.constantFrom('x', ' ', "''", ';', '-', '/*', '"', '#', '1'), maxLength: 8 });

test('a secret in a string of SQL or a value of JSON never stays', () => {
  fc.assert(
    fc.property(plain, plain, (before, after) => {
      const query = `SELECT '${before}secret${after}' FROM t WHERE a = 'secret'`;
      for (const dialect of sqlDialects.values()) expect(sanitizedSql(query, dialect)).not.toContain('secret');
      const json = JSON.stringify({ a: [`${before}secret${after}`, { b: 'secret' }] });
      for (let end = 6; end <= json.length; end++) expect(sanitizedJson(json.slice(0, end))).not.toContain('secret');
    }),
    { numRuns: runs },
  );
});

test('what a pattern of blocked values matches is in no text that leaves', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.string(), fc.string()), { maxLength: 6 }), async (pairs) => {
      const given = Object.fromEntries(pairs.map(([name, value], i) => [`${i}${name}`, `${value}4111111111111111`]));
      const { attributes } = await spanOf({ allow_all_keys: true, blocked_values: ['4[0-9]{15}'] }, given);
      expect(JSON.stringify(attributes)).not.toContain('4111111111111111');
      expect(attributesOf(attributes as Readonly<Record<string, string>>)).toHaveLength(pairs.length);
    }),
    { numRuns: runs },
  );
});

test('large hostile texts are sanitized in one pass', () => {
  // A quadratic scanner would not end within the time of a test.
  const size = 1 << 21;
  for (const part of [
    "'",
    '"',
    '$',
    '$$',
    '$a$',
    '/*',
    '--',
    '\\',
    '{',
    '["',
    '{"a":',
    '1,',
    '.',
    '-',
    '1e',
    "'a",
    '/1',
    '" ',
  ])
    for (const text of [part.repeat(size / part.length), `'${part.repeat(size / part.length)}`]) {
      sanitizedSql(text, anySql);
      sanitizedRedis(text);
      sanitizedMemcached(text);
      sanitizedJson(text);
      sanitizedUrl(text);
    }
});
