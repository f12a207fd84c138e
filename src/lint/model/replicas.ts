import type { Spot } from '../setting.js';

/** How many instances a tier has. */
export type Replicas =
  | { readonly kind: 'unknown' }
  /** From a flag or a manifest, where `at` says so. */
  | { readonly kind: 'counted'; readonly min: number; readonly max: number; readonly at?: Spot | undefined }
  /** An exporter chooses among several. */
  | { readonly kind: 'several' }
  /** One on each host, or beside each program. */
  | { readonly kind: 'node' };

/** More instances than one share the work that comes to the tier, wherever its senders run. */
export function isReplicated(replicas: Replicas): boolean {
  return replicas.kind === 'several' || (replicas.kind === 'counted' && replicas.max > 1);
}

/** More than one instance writes to what is behind the tier. */
export function hasSeveral(replicas: Replicas): boolean {
  return replicas.kind === 'node' || isReplicated(replicas);
}

/** `3 instances`, `2 to 10 instances`, `instances on all nodes`. */
export function wordsOf(replicas: Replicas): string {
  switch (replicas.kind) {
    case 'unknown':
      return 'an unknown number of instances';
    case 'several':
      return 'several instances';
    case 'node':
      return 'instances on all nodes';
    case 'counted':
      return replicas.min === replicas.max || replicas.min === 0
        ? `${replicas.max} ${replicas.max === 1 ? 'instance' : 'instances'}`
        : `${replicas.min} to ${replicas.max} instances`;
  }
}

/**
 * `3`, `2-10` or `node`, as flags have it. Undefined for other text.
 */
export function parseReplicas(text: string): Replicas | undefined {
  if (text === 'node') return { kind: 'node' };
  const [, low, high = low] = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(text) ?? [];
  if (low === undefined || high === undefined) return undefined;
  const [min, max] = [Number(low), Number(high)];
  return min > max || max === 0 ? undefined : { kind: 'counted', min, max };
}
