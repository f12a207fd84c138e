import { parseRequestUrl, splitHost } from '../../../formats/go-url.js';
import { urlAttributes } from '../../../formats/url-attributes.js';
import { goodQueryValues, queryValues } from '../../../formats/url-query.js';
import { EntryMap } from '../../entry-map.js';
import { defineOperator, type OperatorDefinition } from '../../operator.js';
import { formatFailure } from '../../parse/format-failure.js';
import { ParserOperator, type ParseTarget, type EntryParser } from '../../parse/parser.js';
import { parserOptions, type ParserOptions } from '../../parse/parser-options.js';

/** Names the parts of a URI after the semantic conventions. */
export const conventionsGate = 'parser.uri.ecscompliant';

/** UTF-16 units; servers and browsers end at a part of it. */
const longest = 65_536;

/** Reads the parts of an absolute URI, of a path, or of a query with its question mark. */
export const uriParser: OperatorDefinition<ParserOptions> = defineOperator<ParserOptions>({
  type: 'uri_parser',
  config: parserOptions('uri_parser', {}),
  create: (options, { clock, gates }) => new ParserOperator(new UriParser(gates.has(conventionsGate)), options, clock),
});

class UriParser implements EntryParser {
  readonly as = 'URI';
  readonly #byConventions: boolean;

  constructor(byConventions: boolean) {
    this.#byConventions = byConventions;
  }

  parse(text: string, target: ParseTarget): void {
    if (text.length > longest) throw formatFailure(`a URI of more than ${longest} characters`);
    if (text.startsWith('?')) addQuery(queryValues(text.slice(1), formatFailure), target);
    else if (this.#byConventions)
      for (const [name, value] of urlAttributes(text, formatFailure)) target.map().set(name, value);
    else addParts(text, target);
  }
}

/** Parts that are empty are left out; the password is never read. */
function addParts(text: string, target: ParseTarget): void {
  const { scheme, user, host, escapedPath, query } = parseRequestUrl(text, formatFailure);
  const { name, port } = splitHost(host);
  const map = target.map();
  const add = (key: string, value: string): void => {
    if (value !== '') map.set(key, value);
  };
  add('scheme', scheme);
  add('user', user?.name ?? '');
  add('host', name);
  add('port', port);
  add('path', escapedPath);
  addQuery(goodQueryValues(query), target);
}

function addQuery(query: ReadonlyMap<string, readonly string[]>, target: ParseTarget): void {
  if (query.size === 0) return;
  const values = new EntryMap();
  for (const [name, texts] of query) values.set(name, [...texts]);
  target.map().set('query', values);
}
