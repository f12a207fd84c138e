import { signals, type Signal } from '../../otlp/signal.js';

/** A path that is served. */
export interface ServedPath {
  readonly signal: Signal;
  readonly path: string;
}

/** Characters of a path that are looked at. */
const longest = 256;

/**
 * The advice to a sender of a path that is not served. A path that names a signal in one of its segments, such as
 * `/v1/trace`, `/v1/traces/` and `/v1/traces/v1/traces`, is meant for that signal.
 */
export function pathHint(path: string, served: readonly ServedPath[]): string {
  const segments = path.slice(0, longest).toLowerCase().split('/');
  const meant = signals.find((signal) => segments.some((part) => part === signal || `${part}s` === signal));
  if (meant === undefined) return `served here: ${served.map((each) => each.path).join(', ')}`;
  const own = served.find(({ signal }) => signal === meant);
  return own ? `${meant} are received at ${own.path}` : `no pipeline of ${meant} has this receiver`;
}
