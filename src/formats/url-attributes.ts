import type { ErrorOf } from './error-of.js';
import { parseUrl, splitHost, userInfo } from './go-url.js';

/** The parts of a URL under the names of the semantic conventions. Fails in Go's words. */
export function urlAttributes(text: string, error: ErrorOf): Map<string, string | bigint> {
  const parsed = parseUrl(text, error);
  const { name, port } = splitHost(parsed.host);
  const parts = new Map<string, string | bigint>([
    ['url.original', parsed.text],
    ['url.domain', name],
    ['url.scheme', parsed.scheme],
    ['url.path', parsed.path],
  ]);
  if (port !== '') parts.set('url.port', portOf(port, error));
  if (parsed.fragment !== '') parts.set('url.fragment', parsed.fragment);
  if (parsed.user !== undefined) {
    parts.set('url.user_info', userInfo(parsed.user));
    if (parsed.user.name !== '') parts.set('url.username', parsed.user.name);
    if (parsed.user.password !== undefined) parts.set('url.password', parsed.user.password);
  }
  if (parsed.query !== '') parts.set('url.query', parsed.query);
  const point = parsed.path.lastIndexOf('.');
  if (point !== -1 && point < parsed.path.length - 1) parts.set('url.extension', parsed.path.slice(point + 1));
  return parts;
}

function portOf(text: string, error: ErrorOf): bigint {
  const port = text.length > 20 ? undefined : BigInt(text);
  if (port !== undefined && port === BigInt.asIntN(64, port)) return port;
  throw error(`strconv.Atoi: parsing "${text.slice(0, 100)}": value out of range`);
}
