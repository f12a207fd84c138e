/** The target of a request: path and query. */
export interface RequestTarget {
  /** With escapes decoded where they are UTF-8, else as it came. */
  readonly path: string;
  readonly query: URLSearchParams;
}

/** Reads the target of a request line, whatever a stranger wrote there: `new URL` throws for `//` and many more. */
export function requestTarget(url: string | undefined): RequestTarget {
  const all = originForm(url);
  const at = all.indexOf('?');
  const path = at < 0 ? all : all.slice(0, at);
  return { path: decoded(path === '' ? '/' : path), query: new URLSearchParams(at < 0 ? '' : all.slice(at + 1)) };
}

/**
 * Path and query as they came, without the origin of the absolute form, which is for proxies but which servers have to
 * understand (RFC 9112 3.2.2).
 */
export function originForm(url: string | undefined): string {
  const [all = ''] = (url ?? '/').split('#', 1);
  return all.replace(/^https?:\/\/[^/?]*/i, '');
}

/** A path for the `location` of a redirect: some browsers read a backslash as a slash, and `//` as another host. */
export function locationPath(path: string): string {
  return path.replaceAll('\\', '%5C');
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
