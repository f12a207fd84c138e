import { key, type Key } from '../../../otlp/view/key.js';
import type { Range } from '../../../otlp/view/range.js';
import type { Config, Database } from '../config.js';
import { KeySet } from '../key-set.js';
import { sanitizedJson } from './json-query.js';
import { sanitizedMemcached } from './memcached.js';
import { sanitizedRedis } from './redis.js';
import { anySql, sanitizedSql, sqlDialects } from './sql.js';

/** The newer name of the attribute first: it wins. */
export const systemKeys: readonly Key[] = [key('db.system.name'), key('db.system')];

interface Rule {
  readonly attributes: KeySet;
  readonly systems: ReadonlySet<string>;
  /** `system`: '' when it is not known. */
  readonly sanitize: (text: string, system: string) => string;
}

type Language = Pick<Rule, 'sanitize'> & { readonly systems: readonly string[] };

/** In the order in which a text of an unknown system passes through them. */
const languages: Readonly<Record<Database, Language>> = {
  sql: {
    systems: [...sqlDialects.keys()],
    sanitize: (text, system) => sanitizedSql(text, sqlDialects.get(system) ?? anySql),
  },
  redis: { systems: ['redis'], sanitize: sanitizedRedis },
  valkey: { systems: ['valkey'], sanitize: sanitizedRedis },
  memcached: { systems: ['memcached'], sanitize: sanitizedMemcached },
  mongo: { systems: ['mongodb'], sanitize: sanitizedJson },
  opensearch: { systems: ['opensearch'], sanitize: sanitizedJson },
  es: { systems: ['elasticsearch'], sanitize: sanitizedJson },
};

/** Masks the values in queries of the databases that are enabled. */
export class DatabaseSanitizer {
  readonly #rules: readonly Rule[];
  readonly #isFallbackAllowed: boolean;
  /** Whether there is any database at all. */
  readonly isEnabled: boolean;
  /** Keys of attributes that are looked at. */
  readonly attributes: readonly string[];

  constructor({ allow_fallback_without_system: isFallbackAllowed, ...databases }: Config['db_sanitizer']) {
    this.#isFallbackAllowed = isFallbackAllowed;
    const enabled = (Object.keys(languages) as Database[]).filter((database) => databases[database].enabled);
    this.#rules = enabled.map((database) => ({
      attributes: new KeySet(databases[database].attributes),
      systems: new Set(languages[database].systems),
      sanitize: languages[database].sanitize,
    }));
    this.isEnabled = enabled.length > 0;
    this.attributes = enabled.flatMap((database) => databases[database].attributes);
  }

  /** The value of an attribute of a message whose database system has this name in small letters, '' for none. */
  attribute(text: string, name: Range, system: string): string {
    if (system === '' && !this.#isFallbackAllowed) return text;
    let result = text;
    for (const { attributes, systems, sanitize } of this.#rules) {
      if (!attributes.has(name)) continue;
      if (system === '') result = sanitize(result, '');
      else if (systems.has(system)) return sanitize(result, system);
    }
    return result;
  }

  /** Any text: each database that is enabled has its turn. */
  text(text: string): string {
    let result = text;
    for (const { sanitize } of this.#rules) result = sanitize(result, '');
    return result;
  }

  /** A text that is known to be a query of this system. */
  query(text: string, system: string): string {
    return this.#rules.find(({ systems }) => systems.has(system))?.sanitize(text, system) ?? text;
  }
}
