import type { Batch } from '../../otlp/batch.js';
import { merge } from '../../otlp/parts/merge.js';
import { partitioning } from '../../otlp/parts/partition.js';
import type { InPieces } from '../../otlp/work.js';
import type { RouteDecisions } from './decisions.js';
import type { RoutingPlan } from './plan.js';

/** The part of a batch for the pipelines of one target. */
export interface Group {
  readonly target: number;
  /** The batch itself, or one that was made. */
  readonly batch: Batch;
}

/** A batch on its way. */
export interface Routed {
  readonly batch: Batch;
  readonly groups: readonly Group[];
  /** Items that no target gets. */
  readonly dropped: number;
  /** Whether each item is in one group at most, and as it came: then a part can be routed again. */
  readonly isPlain: boolean;
}

/** Cuts a batch by its decisions, which are released. */
export function* grouping(plan: RoutingPlan, decisions: RouteDecisions): InPieces<Routed> {
  const { batch } = decisions;
  const parts = plan.targets.map((): Batch[] => []);
  try {
    const { apart } = decisions;
    const shared = yield* partitioning(batch, decisions.close(), plan.targets.length);
    for (const [target, part] of shared.entries()) if (part) parts[target]?.push(part);
    let moved = shared.reduce((sum, part) => sum + (part?.itemCount ?? 0), 0);
    for (const { target, partOf, source, isCopy } of apart) {
      const [part] = yield* partitioning(source, partOf, 1);
      if (!part) continue;
      if (!isCopy) moved += part.itemCount;
      // All of a changed batch: its memory goes on as the part's.
      parts[target]?.push(part === source && source !== batch ? decisions.keep(source) : part);
    }
    return {
      batch,
      groups: parts.flatMap((own, target) => (own.length === 0 ? [] : [{ target, batch: joined(own, batch) }])),
      dropped: batch.itemCount - moved,
      isPlain: apart.length === 0,
    };
  } finally {
    decisions.release();
  }
}

/** One batch of several parts, which are released. */
function joined(parts: readonly Batch[], whole: Batch): Batch {
  const [only] = parts;
  if (only && parts.length === 1) return only;
  const all = merge(parts);
  for (const part of parts) if (part !== whole) part.release();
  return all;
}

/** Releases what was made of a batch and handed to nobody, or delivered. */
export function releaseGroups({ batch, groups }: Routed): void {
  for (const group of groups) if (group.batch !== batch) group.batch.release();
}
