import { flag, group, list, secret, text, type Docs, type Report, type Schema } from '../../component/schema/schema.js';
import { patternFault } from '../../pattern/pattern.js';

/** The public documentation of the Collector's redaction processor. */
export interface Config {
  readonly allow_all_keys: boolean;
  readonly allowed_keys: readonly string[];
  readonly ignored_keys: readonly string[];
  readonly ignored_key_patterns: readonly string[];
  readonly redact_all_types: boolean;
  readonly blocked_key_patterns: readonly string[];
  readonly blocked_values: readonly string[];
  readonly allowed_values: readonly string[];
  /** In upper or lower case; '' for none. */
  readonly hash_function: string;
  readonly hmac_key: string;
  readonly summary: string;
  readonly url_sanitizer: Sanitizer & { readonly sanitize_span_name: boolean };
  readonly db_sanitizer: DatabaseSanitizer;
}

interface Sanitizer {
  readonly enabled: boolean;
  readonly attributes: readonly string[];
}

export type Database = 'sql' | 'redis' | 'valkey' | 'memcached' | 'mongo' | 'opensearch' | 'es';

interface DatabaseSanitizer extends Readonly<Record<Database, Sanitizer>> {
  readonly sanitize_span_name: boolean;
  readonly allow_fallback_without_system: boolean;
}

/** The shortest key in bytes of each function with one; undefined for those without. */
export const maskHashes: Readonly<Record<string, number | undefined>> = {
  md5: undefined,
  sha1: undefined,
  sha3: undefined,
  'hmac-sha256': 32,
  'hmac-sha512': 64,
};

const summaries = ['debug', 'info', 'silent'];

function patterns(docs: Docs): Schema<readonly string[]> {
  return list(text('', undefined, patternFault), [], docs);
}

const attributes = (what: string): Schema<readonly string[]> =>
  list(text(), [], { about: `Keys of attributes whose values are ${what}; bodies and span names need none.` });

const enabled = (what: string, becomes: string): Schema<boolean> =>
  flag(false, {
    about: `Sanitize ${what}: ${becomes}. Looks at texts in bodies of log records too, whatever they are.`,
  });

const sanitizer = (what: string, becomes = 'values become `?`'): Schema<Sanitizer> =>
  group<Sanitizer>({ enabled: enabled(what, becomes), attributes: attributes(what) });

export const config: Schema<Config> = group<Config>(
  {
    allow_all_keys: flag(false, { about: 'Keep attributes of all keys, whatever `allowed_keys` says.' }),
    allowed_keys: list(text(), [], { about: 'Keys of attributes that stay; all others are removed.' }),
    ignored_keys: list(text(), [], { about: 'Keys of attributes that stay as they are.' }),
    ignored_key_patterns: patterns({ about: 'The same by patterns (RE2), which match a part of the key.' }),
    redact_all_types: flag(false, { about: 'Look at values that are no text too, as the text that stands for them.' }),
    blocked_key_patterns: patterns({ about: 'The values of keys that one of these patterns matches are masked.' }),
    blocked_values: patterns({ about: 'Parts of values that one of these patterns matches are masked.' }),
    allowed_values: patterns({ about: 'Values that one of these patterns matches stay as they are.' }),
    hash_function: text(
      '',
      { about: '`md5`, `sha1`, `sha3`, `hmac-sha256` or `hmac-sha512`: its hash stands in place of `****`.' },
      (given) =>
        given === '' || Object.hasOwn(maskHashes, given.toLowerCase())
          ? undefined
          : `unknown hash function "${given}", one of ${Object.keys(maskHashes).join(', ')} expected`,
    ),
    hmac_key: secret('', { about: 'The key for `hmac-sha256` (32 bytes at least) and `hmac-sha512` (64).' }),
    summary: text(
      '',
      { about: 'Attributes that count what was changed: `info` with numbers, `debug` with keys too, `silent` none.' },
      (given) =>
        given === '' || summaries.includes(given)
          ? undefined
          : `unknown summary "${given}", one of ${summaries.join(', ')} expected`,
    ),
    url_sanitizer: group<Config['url_sanitizer']>({
      enabled: enabled('URLs', 'segments that look like IDs become `*`, query and fragment go'),
      attributes: attributes('URLs'),
      sanitize_span_name: flag(true, { about: 'Sanitize the names of client and server spans that look like URLs.' }),
    }),
    db_sanitizer: group({
      sql: sanitizer('statements of SQL'),
      redis: sanitizer('commands of Redis'),
      valkey: sanitizer('commands of Valkey'),
      memcached: sanitizer('commands of Memcached', 'values, on the lines behind the first, go'),
      mongo: sanitizer('queries of MongoDB'),
      opensearch: sanitizer('queries of OpenSearch'),
      es: sanitizer('queries of Elasticsearch'),
      sanitize_span_name: flag(true, {
        about: 'Sanitize the names of client, server and internal spans that name a database system.',
      }),
      allow_fallback_without_system: flag(false, {
        about:
          'Sanitize attributes of messages that name no database system too, by each database that is enabled for ' +
          'them.',
      }),
    }),
  },
  checkKey,
);

function checkKey({ hash_function: name, hmac_key: key }: Config, report: Report): void {
  const lower = name.toLowerCase();
  const least = Object.hasOwn(maskHashes, lower) ? maskHashes[lower] : undefined;
  if (least !== undefined && Buffer.byteLength(key) < least)
    report(`"${name}" needs a key of ${least} bytes at least`, ['hmac_key']);
}
