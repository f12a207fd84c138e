/** The target of a request: path and query. */
export interface RequestTarget {
  /** With escapes decoded where they are UTF-8, else as it came. */
  readonly path: string;
  readonly query: URLSearchParams;
}

/** Reads the target of a request line, whatever a stranger wrote there: `new URL` throws for `//` and many more. */
export function requestTarget(url: string | undefined): RequestTarget {
  const [all = ''] = (url ?? '/').split('#', 1);
  const at = all.indexOf('?');
  // The absolute form is for proxies, and servers have to understand it (RFC 9112 3.2.2).
  const path = (at < 0 ? all : all.slice(0, at)).replace(/^https?:\/\/[^/]*/i, '');
  return { path: decoded(path === '' ? '/' : path), query: new URLSearchParams(at < 0 ? '' : all.slice(at + 1)) };
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
