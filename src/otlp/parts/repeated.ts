import type { Batch } from '../batch.js';
import { MetricPoints } from './metric-points.js';
import { RunLists } from './run-lists.js';

/** Memory of a part beside its bytes: the objects around them. */
const perPart = 1024;

/** Scratch that lives between calls. */
const metric = new MetricPoints();
const runs = new RunLists();

/**
 * Bytes of memory that the parts of a batch may take beyond its own when all of them are there at once, at most: each
 * repeats the resource and the scope of its items, and a metric that is cut its name and description. `max` bounds a
 * part: in items, or in bytes as `splitByBytes` does it.
 */
export function repeatedBytes(batch: Batch, unit: 'items' | 'bytes', max: number): number {
  const { index } = batch;
  let total = 0;
  for (let resource = 0; resource < index.resourceCount; resource++) {
    const firstScope = index.firstScope(resource);
    const endScope = index.firstScope(resource + 1);
    // No part has anything of a resource without items, and there may be millions of them.
    if (index.firstItem(firstScope) === index.firstItem(endScope)) continue;
    const bytes = index.resourceTo(resource) - index.resourceFrom(resource);
    let around = bytes;
    let inner = 0;
    for (let scope = firstScope; scope < endScope; scope++) {
      around -= index.scopeTo(scope) - index.scopeTag(scope);
      inner = Math.max(inner, aroundItems(batch, scope));
    }
    const units = batch.unitsIn(index.firstItem(firstScope), index.firstItem(endScope));
    total += cuts(units, bytes, around + inner, unit, max) * (around + inner + perPart);
  }
  return total;
}

/** Bytes of a scope beside its items, and of its largest metric beside its data points. */
function aroundItems(batch: Batch, scope: number): number {
  const { index, bytes, signal } = batch;
  let around = index.scopeTo(scope) - index.scopeFrom(scope);
  let inner = 0;
  for (let item = index.firstItem(scope); item < index.firstItem(scope + 1); item++) {
    around -= index.itemTo(item) - index.itemTag(item);
    if (signal !== 'metrics' || index.pointCount(item) < 2) continue;
    metric.read(bytes, index.itemFrom(item), index.itemTo(item), runs);
    inner = Math.max(inner, runs.length(metric.rest) + runs.length(metric.dataRest));
    runs.clear();
  }
  return around + inner;
}

/** How often a resource is cut, at most. */
function cuts(units: number, bytes: number, around: number, unit: 'items' | 'bytes', max: number): number {
  if (unit === 'items') return Math.ceil(units / max);
  // Items that do not fit beside what is around them are in no part; of two parts, one is more than half full.
  return around >= max ? 0 : Math.min(units, 2 * Math.ceil(bytes / (max - around)));
}
