import type { AttributedView } from '../../otlp/view/attributes.js';
import type { Range } from '../../otlp/view/range.js';
import { ValueView } from '../../otlp/view/value.js';
import type { Config } from './config.js';
import { DatabaseSanitizer, systemKeys } from './databases/database-sanitizer.js';
import { KeySet } from './key-set.js';
import { sanitizedUrl } from './urls/sanitized-url.js';

/** UTF-16 units of a text that is looked at; a longer one would hold up others, and is masked as a whole. */
const longestText = 1 << 20;
const mask = '****';

/** Takes IDs out of URLs, and values out of database queries. */
export class Sanitizers {
  readonly databases: DatabaseSanitizer;
  readonly hasUrls: boolean;
  readonly #urlAttributes: KeySet;
  /** Attributes that one of the sanitizers looks at. */
  readonly #attributes: KeySet;
  readonly #value: ValueView = new ValueView();

  constructor({ url_sanitizer: urls, db_sanitizer: databases }: Config) {
    this.databases = new DatabaseSanitizer(databases);
    this.hasUrls = urls.enabled;
    this.#urlAttributes = new KeySet(urls.enabled ? urls.attributes : []);
    this.#attributes = new KeySet([...(urls.enabled ? urls.attributes : []), ...this.databases.attributes]);
  }

  /** The database system that the attributes of a message name, in small letters; '' for none. */
  systemOf(view: AttributedView): string {
    if (!this.databases.isEnabled) return '';
    for (const name of systemKeys) {
      if (!view.attribute(name, this.#value) || this.#value.type !== 'string') continue;
      const system = this.#value.string.toString().toLowerCase();
      if (system !== '') return system;
    }
    return '';
  }

  /** Whether values of attributes with this key are sanitized. */
  looksAt(name: Range): boolean {
    return this.#attributes.has(name);
  }

  /** The value of an attribute in a message of this database system. */
  attribute(text: string, name: Range, system: string): string {
    if (text.length > longestText) return mask;
    const result = this.#urlAttributes.has(name) ? sanitizedUrl(text) : text;
    return this.databases.attribute(result, name, system);
  }

  get looksAtBodies(): boolean {
    return this.hasUrls || this.databases.isEnabled;
  }

  /** A text in the body of a log record: each sanitizer that is enabled has its turn. */
  body(text: string): string {
    if (text.length > longestText) return mask;
    return this.databases.text(this.hasUrls ? sanitizedUrl(text) : text);
  }
}
