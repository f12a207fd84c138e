import type { SpanContext } from '../../component/tracer.js';

/** Decides whether a span is sampled. */
export type Sampler = (parent: SpanContext | undefined, traceId: string) => boolean;

/**
 * A ratio is compared with the last 14 hex digits of the trace ID, which are random (W3C Trace Context level 2), as the
 * threshold `ot=th` is. The first 13 of them are 52 bits, which a number represents exactly.
 */
const range = 2 ** 52;

/**
 * Reads `service::telemetry::traces::sampler`. Without one, the decision of a remote parent is followed and every other
 * trace is sampled. Throws on a sampler that is not supported.
 */
export function samplerOf(config: unknown): Sampler {
  if (config === undefined || config === null) return parentBased({});
  const [kind, options] = only(config);
  switch (kind) {
    case 'always_on':
      return () => true;
    case 'always_off':
      return () => false;
    case 'trace_id_ratio_based': {
      const { ratio = 1 } = (options ?? {}) as { ratio?: unknown };
      if (typeof ratio !== 'number' || ratio < 0 || ratio > 1)
        throw new Error(`sampler trace_id_ratio_based: ratio must be between 0 and 1, got ${JSON.stringify(ratio)}`);
      const least = Math.round((1 - ratio) * range);
      return (_parent, traceId) => Number.parseInt(traceId.slice(18, 31), 16) >= least;
    }
    case 'parent_based':
      return parentBased((options ?? {}) as Readonly<Record<string, unknown>>);
    default:
      throw new Error(
        `sampler ${JSON.stringify(kind)} is not supported: use always_on, always_off, trace_id_ratio_based or ` +
          `parent_based`,
      );
  }
}

const parts = [
  'root',
  'remote_parent_sampled',
  'remote_parent_not_sampled',
  'local_parent_sampled',
  'local_parent_not_sampled',
];

function parentBased(config: Readonly<Record<string, unknown>>): Sampler {
  const unknown = Object.keys(config).find((key) => !parts.includes(key));
  if (unknown !== undefined)
    throw new Error(`sampler parent_based has no key ${JSON.stringify(unknown)}: use ${parts.join(', ')}`);
  const sampler = (key: string, fallback: Sampler): Sampler =>
    config[key] === undefined || config[key] === null ? fallback : samplerOf(config[key]);
  const root = sampler('root', () => true);
  // A span below another one of this program always follows it, so only remote parents are looked at.
  const sampled = sampler('remote_parent_sampled', () => true);
  const not = sampler('remote_parent_not_sampled', () => false);
  return (parent, traceId) => (parent ? (parent.sampled ? sampled : not)(parent, traceId) : root(parent, traceId));
}

function only(config: unknown): [kind: string, options: unknown] {
  const entries = typeof config === 'object' && config !== null && !Array.isArray(config) ? Object.entries(config) : [];
  const [first] = entries;
  if (entries.length !== 1 || !first) throw new Error('sampler must name exactly one kind, such as always_on');
  return first;
}
