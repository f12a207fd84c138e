import { key } from '../../otlp/view/key.js';
import type { SpanView } from '../../otlp/view/span.js';
import { ValueView } from '../../otlp/view/value.js';
import type { Config } from './config.js';
import type { Sanitizers } from './sanitizers.js';
import { isAllIds, sanitizedUrl } from './urls/sanitized-url.js';
import type { ValueMasks } from './value-masks.js';

const [internal, server, client] = [1, 2, 3];

/** Bytes of a name that is looked at; a longer one is masked as a whole. */
const longestName = 1 << 20;
const mask = '****';

/** One of them, or a `/` in the name, says that a span is one of HTTP. */
const httpKeys = [
  ...['http.route', 'http.request.method', 'http.request.method_original', 'http.response.status_code', 'url.full'],
  ...['http.scheme', 'http.target', 'http.method', 'http.url'],
].map((name) => key(name));

/** Sanitizes names of spans that are URLs or database queries. */
export class SpanNames {
  readonly #sanitizers: Sanitizers;
  readonly #values: ValueMasks;
  readonly #hasUrls: boolean;
  readonly #hasQueries: boolean;
  readonly #value: ValueView = new ValueView();

  constructor(config: Config, sanitizers: Sanitizers, values: ValueMasks) {
    this.#sanitizers = sanitizers;
    this.#values = values;
    this.#hasUrls = sanitizers.hasUrls && config.url_sanitizer.sanitize_span_name;
    this.#hasQueries = sanitizers.databases.isEnabled && config.db_sanitizer.sanitize_span_name;
  }

  /** The name that a span gets, by its attributes as they arrived; undefined: it keeps its own. */
  sanitized(span: SpanView): string | undefined {
    if (!this.#hasUrls && !this.#hasQueries) return undefined;
    const { kind } = span;
    const isOfHttpKind = kind === client || kind === server;
    if (!isOfHttpKind && !(this.#hasQueries && kind === internal)) return undefined;
    if (this.#values.allows(span.name)) return undefined;
    if (span.name.length > longestName) return mask;
    const name = span.name.toString();
    if (this.#hasUrls && isOfHttpKind && this.#isOfHttp(span, name)) {
      const url = sanitizedUrl(name);
      if (url !== name && url !== '' && !isAllIds(url)) return url;
    }
    if (!this.#hasQueries) return undefined;
    const system = this.#sanitizers.systemOf(span);
    const query = system === '' ? name : this.#sanitizers.databases.query(name, system);
    return query === name || query === '' || query === '...' ? undefined : query;
  }

  #isOfHttp(span: SpanView, name: string): boolean {
    return name.includes('/') || httpKeys.some((each) => span.attribute(each, this.#value));
  }
}
