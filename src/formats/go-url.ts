import { goQuoted } from '../strconv/quoted.js';
import type { ErrorOf } from './error-of.js';
import { escape, isValidEncoding, unescape } from './url-escape.js';

/** A URL as Go's `net/url` sees it. */
export interface GoUrl {
  readonly scheme: string;
  /** All behind the scheme, of a URL such as `mailto:a@b`. */
  readonly opaque: string;
  readonly user: { readonly name: string; readonly password: string | undefined } | undefined;
  /** With the port. */
  readonly host: string;
  readonly path: string;
  /** The path with its escapes. */
  readonly escapedPath: string;
  readonly query: string;
  readonly fragment: string;
  /** As Go writes it again. */
  readonly text: string;
}

/** Parses as Go's `url.Parse` does. Fails in Go's words, as the error that `error` makes of them. */
export function parseUrl(text: string, error: ErrorOf): GoUrl {
  const hash = text.indexOf('#');
  const main = hash === -1 ? text : text.slice(0, hash);
  const rawFragment = hash === -1 ? '' : text.slice(hash + 1);
  return build(main, rawFragment, failing(main, error), false);
}

/** The same for Go's `url.ParseRequestURI`: an absolute URL or path, in which `#` is a character like any other. */
export function parseRequestUrl(text: string, error: ErrorOf): GoUrl {
  const fail = failing(text, error);
  if (text === '') return fail('empty url');
  return build(text, '', fail, true);
}

function failing(text: string, error: ErrorOf): Fail {
  const fail = (what: string): never => {
    throw error(`parse ${goQuoted(text)}: ${what}`);
  };
  // oxlint-disable-next-line no-control-regex -- Go refuses control characters
  return /[\u0000-\u001f\u007f]/.test(text) ? fail('net/url: invalid control character in URL') : fail;
}

type Fail = (what: string) => never;

function build(text: string, rawFragment: string, fail: Fail, isRequest: boolean): GoUrl {
  const { scheme, rest: afterScheme } = splitScheme(text, fail);
  const mark = afterScheme.indexOf('?');
  const query = mark === -1 ? '' : afterScheme.slice(mark + 1);
  const question = mark === -1 ? '' : `?${query}`;
  let rest = mark === -1 ? afterScheme : afterScheme.slice(0, mark);
  const fragment = unescape(rawFragment, 'fragment', fail);
  const end = question + (rawFragment === '' ? '' : `#${rewritten(rawFragment, fragment, 'fragment')}`);
  const none = { user: undefined, host: '', query, fragment };
  if (!rest.startsWith('/')) {
    if (scheme !== '')
      return { ...none, scheme, opaque: rest, path: '', escapedPath: '', text: `${scheme}:${rest}${end}` };
    if (isRequest && text !== '*') return fail('invalid URI for request');
    const segment = rest.split('/', 1)[0] ?? '';
    if (segment.includes(':')) return fail('first path segment in URL cannot contain colon');
  }
  let authority: Authority | undefined;
  if (rest.startsWith('//') && (scheme !== '' || (!isRequest && !rest.startsWith('///')))) {
    const slash = rest.indexOf('/', 2);
    authority = parseAuthority(slash === -1 ? rest.slice(2) : rest.slice(2, slash), fail);
    rest = slash === -1 ? '' : rest.slice(slash);
  }
  const path = unescape(rest, 'path', fail);
  const prefix = (scheme === '' ? '' : `${scheme}:`) + authorityText(authority, path);
  const escapedPath = rewritten(rest, path, 'path');
  return { ...none, ...authority, scheme, opaque: '', path, escapedPath, text: prefix + escapedPath + end };
}

function splitScheme(text: string, fail: Fail): { scheme: string; rest: string } {
  const match = /^([a-zA-Z][a-zA-Z0-9+.-]*)?:/.exec(text);
  if (match === null) return { scheme: '', rest: text };
  if (match[1] === undefined) return fail('missing protocol scheme');
  return { scheme: match[1].toLowerCase(), rest: text.slice(match[0].length) };
}

type Authority = Pick<GoUrl, 'user' | 'host'>;

function parseAuthority(text: string, fail: Fail): Authority {
  const at = text.lastIndexOf('@');
  const host = parseHost(text.slice(at + 1), fail);
  if (at === -1) return { user: undefined, host };
  const info = text.slice(0, at);
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(info)) return fail('net/url: invalid userinfo');
  const colon = info.indexOf(':');
  const name = unescape(colon === -1 ? info : info.slice(0, colon), 'user', fail);
  return { user: { name, password: colon === -1 ? undefined : unescape(info.slice(colon + 1), 'user', fail) }, host };
}

function parseHost(text: string, fail: Fail): string {
  const isLong = text.startsWith('[');
  const bracket = text.lastIndexOf(']');
  if (isLong && bracket === -1) return fail("missing ']' in host");
  const colon = text.lastIndexOf(':');
  let port = '';
  if (isLong) port = text.slice(bracket + 1);
  else if (colon !== -1) port = text.slice(colon);
  if (!/^(?::\d*)?$/.test(port)) return fail(`invalid port ${goQuoted(port)} after host`);
  return unescape(text, 'host', fail);
}

function authorityText(authority: Authority | undefined, path: string): string {
  if (authority === undefined) return '';
  const { user, host } = authority;
  if (user === undefined && host === '' && path === '') return '';
  return `//${user === undefined ? '' : `${userInfo(user)}@`}${escape(host, 'host')}`;
}

/** `name:password` as it stands in a URL. */
export function userInfo({ name, password }: NonNullable<GoUrl['user']>): string {
  return escape(name, 'user') + (password === undefined ? '' : `:${escape(password, 'user')}`);
}

/** The written text stays, unless it has characters that must be escaped. */
function rewritten(raw: string, text: string, part: 'path' | 'fragment'): string {
  return isValidEncoding(raw, part) ? raw : escape(text, part);
}

/** The host without its port, and the port. */
export function splitHost(host: string): { readonly name: string; readonly port: string } {
  const [, name = host, port = ''] = /^(.*?)(?::(\d*))?$/s.exec(host) ?? [];
  const isLong = host.startsWith('[') && host.includes(']');
  if (!isLong) return { name, port };
  const end = host.lastIndexOf(']');
  return { name: host.slice(1, end), port: host.slice(end + 2) };
}
