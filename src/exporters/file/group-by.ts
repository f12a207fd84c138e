import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import type { Batch } from '../../otlp/batch.js';
import { partitioning } from '../../otlp/parts/partition.js';
import type { Key } from '../../otlp/view/key.js';
import { ResourceCursor } from '../../otlp/view/resource-cursor.js';
import { ValueView } from '../../otlp/view/value.js';
import type { InPieces } from '../../otlp/work.js';

/** A part of a batch and the file it belongs in. */
export interface Grouped {
  readonly path: string;
  readonly batch: Batch;
}

/** Resources whose paths are found in one piece of work: some milliseconds. */
const resourcesAtOnce = 1024;

/**
 * Splits a batch by the text of an attribute of its resources, in pieces of work. Items whose resource has no such text
 * are left out.
 */
export function* groupingByAttribute(batch: Batch, attribute: Key, path: string): InPieces<Grouped[]> {
  const resources = new ResourceCursor();
  const value = new ValueView();
  const partOf = new Int32Array(batch.itemCount).fill(-1);
  const parts = new Map<string, number>();
  let seen = 0;
  for (resources.open(batch); resources.next();) {
    if (++seen % resourcesAtOnce === 0) yield;
    if (!resources.resource.attribute(attribute, value) || value.type !== 'string') continue;
    const target = groupPath(path, value.string.toString());
    const part = parts.get(target) ?? parts.size;
    parts.set(target, part);
    partOf.fill(part, resources.unit, resources.unit + resources.units);
  }
  const split = yield* partitioning(batch, partOf, parts.size);
  return [...parts].flatMap(([target, part]) => {
    const made = split[part];
    return made ? [{ path: target, batch: made }] : [];
  });
}

/** Bytes of a file name that come from a value: file systems take 255, and rotation adds the time. */
const mostName = 200;
/** Bytes of a value with its slashes; systems take 4096 of a whole path. */
const mostPath = 1024;

/**
 * A value as a part of a path that every file system takes. One that is too long loses its folders and its end, and has
 * a hash in their place, so that other values still go to other files.
 */
function shortened(value: string): string {
  const plain = value.replaceAll('\0', '_');
  const names = plain.split('/');
  if (Buffer.byteLength(plain) <= mostPath && names.every((name) => Buffer.byteLength(name) <= mostName)) return plain;
  const hash = createHash('sha256').update(value).digest('hex').slice(0, 16);
  const begin = Buffer.from(names.at(-1) ?? '').subarray(0, mostName - hash.length - 1);
  // The cut may go through a character.
  return `${begin.toString().replace(/(?<!\uFFFD)\uFFFD+$/, '')}-${hash}`;
}

/** Sets a value in place of the star. The file stays below the folder of the path, for every value. */
export function groupPath(path: string, value: string): string {
  const [before = '', after = ''] = path.split('*');
  return posix.join(
    before.endsWith('/') || before === '' ? before : posix.dirname(before),
    (before.endsWith('/') || before === '' ? '' : posix.basename(before)) +
      posix.normalize(`/${shortened(value)}${after}`).slice(1),
  );
}
