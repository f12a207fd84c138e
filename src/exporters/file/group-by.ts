import { posix } from 'node:path';
import type { Batch } from '../../otlp/batch.js';
import { partition } from '../../otlp/parts/partition.js';
import type { Key } from '../../otlp/view/key.js';
import { ResourceCursor } from '../../otlp/view/resource-cursor.js';
import { ValueView } from '../../otlp/view/value.js';

/** A part of a batch and the file it belongs in. */
export interface Grouped {
  readonly path: string;
  readonly batch: Batch;
}

const resources = new ResourceCursor();
const value = new ValueView();

/** Splits a batch by the text of an attribute of its resources. Items whose resource has no such text are left out. */
export function groupByAttribute(batch: Batch, attribute: Key, path: string): Grouped[] {
  const partOf = new Int32Array(batch.itemCount).fill(-1);
  const parts = new Map<string, number>();
  for (resources.open(batch); resources.next();) {
    if (!resources.resource.attribute(attribute, value) || value.type !== 'string') continue;
    const target = groupPath(path, value.string.toString());
    const part = parts.get(target) ?? parts.size;
    parts.set(target, part);
    partOf.fill(part, resources.unit, resources.unit + resources.units);
  }
  const split = partition(batch, partOf, parts.size);
  return [...parts].flatMap(([target, part]) => {
    const made = split[part];
    return made ? [{ path: target, batch: made }] : [];
  });
}

/** Sets a value in place of the star. The file stays below the folder of the path, for every value. */
export function groupPath(path: string, value: string): string {
  const [before = '', after = ''] = path.split('*');
  return posix.join(
    before.endsWith('/') || before === '' ? before : posix.dirname(before),
    (before.endsWith('/') || before === '' ? '' : posix.basename(before)) +
      posix.normalize(`/${value}${after}`).slice(1),
  );
}
