import type { ErrorOf } from './error-of.js';
import { unescape } from './url-escape.js';

/** The values of each name in a query, without its question mark. Fails in Go's words at the first mistake. */
export function queryValues(text: string, error: ErrorOf): Map<string, string[]> {
  const query = new Map<string, string[]>();
  const fail = (what: string): never => {
    throw error(what);
  };
  for (const pair of text.split('&')) addPair(query, pair, fail);
  return query;
}

/** The same without the pairs that have a mistake. */
export function goodQueryValues(text: string): Map<string, string[]> {
  const query = new Map<string, string[]>();
  for (const pair of text.split('&'))
    if (!pair.includes(';') && !/%(?![0-9a-fA-F]{2})/.test(pair)) addPair(query, pair, neverFails);
  return query;
}

function neverFails(what: string): never {
  throw new Error(what);
}

function addPair(query: Map<string, string[]>, pair: string, fail: (what: string) => never): void {
  if (pair === '') return;
  if (pair.includes(';')) return fail('invalid semicolon separator in query');
  const equals = pair.indexOf('=');
  const key = unescape(equals === -1 ? pair : pair.slice(0, equals), 'query', fail);
  const value = equals === -1 ? '' : unescape(pair.slice(equals + 1), 'query', fail);
  const values = query.get(key);
  if (values === undefined) query.set(key, [value]);
  else values.push(value);
}
