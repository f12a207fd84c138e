import { sanitizedJson } from '../../src/processors/redaction/databases/json-query.js';
import { sanitizedMemcached } from '../../src/processors/redaction/databases/memcached.js';
import { sanitizedRedis } from '../../src/processors/redaction/databases/redis.js';
import { anySql, sanitizedSql, sqlDialects } from '../../src/processors/redaction/databases/sql.js';
import { isAllIds, sanitizedUrl } from '../../src/processors/redaction/urls/sanitized-url.js';
import { law } from './law.js';
import type { Target } from './targets.js';

const dialects = ['', 'mysql', 'postgresql', 'mssql'].map((name) => sqlDialects.get(name) ?? anySql);

type Sanitize = (text: string) => string;

const languages: readonly Sanitize[] = [
  ...dialects.map(
    (dialect): Sanitize =>
      (text) =>
        sanitizedSql(text, dialect),
  ),
  sanitizedRedis,
  sanitizedMemcached,
  sanitizedJson,
  sanitizedUrl,
];

/** Queries of databases and URLs from which values are taken out. The first byte chooses the language. */
export const queries: Target = {
  name: 'queries',
  share: 0.3,
  seeds: [
    "\0SELECT a1, 'it''s', \"n\", -1.5e3 FROM t -- c\nWHERE x = $tag$z$tag$ AND y = @p1 /* 5 */",
    "\u0001SELECT `c1`, \"secret\" # it's\n WHERE a = 'x\\'y' OR 0x1F",
    "\u0002DO $func$ SELECT E'it\\'s', N'x', U&'d' $func$; SELECT '{\"a\":1}'::jsonb",
    '\u0004SET k "a b\\" c\nd"\r\nHSET h f1 v1 f2 v2\nCONFIG SET requirepass secret',
    '\u0005set key 0 60 5\r\nsecret\r\n',
    '\u0006{"a": [1, true, null, "x", {"b": -1.5e3}], "c\\"d": {}}\n{"q": ?}',
    '\u0007GET https://h/users/123e4567-e89b-12d3/größe?x=1#f',
  ].map((text) => Buffer.from(text)),
  run(input) {
    const which = (input[0] ?? 0) % languages.length;
    const sanitize = languages[which] ?? sanitizedUrl;
    const text = input.toString('utf8', 1);
    const once = sanitize(text);
    // A `"?"` stands for one digit, `...` behind it.
    law(once.length <= 4 * text.length + 3, 'longer than what it was made of');
    const twice = sanitize(once);
    law(twice.length <= 4 * once.length + 3, 'longer the second time');
    return `${which} ${once === text} ${once === twice} ${isAllIds(once)} ${Math.min(4, text.length >> 5)}`;
  },
};
