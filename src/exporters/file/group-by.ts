import { posix } from 'node:path';
import type { Batch } from '../../otlp/batch.js';
import { findAttribute, textOf, type Range } from '../../otlp/view/attribute.js';
import { partition } from '../../otlp/parts/partition.js';
import { skipValue, tagAt, varintEnd } from '../../otlp/wire/varint.js';

/** A part of a batch and the file it belongs in. */
export interface Grouped {
  readonly path: string;
  readonly batch: Batch;
}

/** Resource attributes are field 1 of a Resource, and that is field 1 of its row. */
const resourceTag = 10;

/** Splits a batch by the text of an attribute of its resources. Items whose resource has no such text are left out. */
export function groupByAttribute(batch: Batch, attribute: string, path: string): Grouped[] {
  const key = Buffer.from(attribute);
  const { resources, scopes, items } = batch.index;
  const partOf = new Int32Array(batch.itemCount).fill(-1);
  const parts = new Map<string, number>();
  const count = (row: number): number => (batch.signal === 'metrics' || batch.signal === 'profiles' ? (items[row * 4 + 3] ?? 0) : 1);
  let item = 0;
  for (let r = 0; r < resources.length / 4; r++) {
    const value = attributeText(batch.bytes, resources[r * 4 + 1] ?? 0, resources[r * 4 + 2] ?? 0, key);
    let part = -1;
    if (value !== undefined) {
      const target = groupPath(path, value);
      part = parts.get(target) ?? parts.size;
      parts.set(target, part);
    }
    const lastScope = resources[(r + 1) * 4 + 3] ?? scopes.length / 4;
    for (let s = resources[r * 4 + 3] ?? 0; s < lastScope; s++) {
      const lastRow = scopes[(s + 1) * 4 + 3] ?? items.length / 4;
      for (let row = scopes[s * 4 + 3] ?? 0; row < lastRow; row++) {
        const next = item + count(row);
        partOf.fill(part, item, next);
        item = next;
      }
    }
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
    (before.endsWith('/') || before === '' ? '' : posix.basename(before)) + posix.normalize(`/${value}${after}`).slice(1),
  );
}

const found: Range = { start: -1, end: -1 };
const text: Range = { start: -1, end: -1 };

function attributeText(bytes: Uint8Array, from: number, to: number, key: Buffer): string | undefined {
  const resource: Range = { start: -1, end: -1 };
  // The row is a ResourceSpans and its like; its Resource holds the attributes.
  for (const holder of holders(bytes, from, to, resource)) {
    if (!findAttribute(bytes, holder.start, holder.end, 1, key, found)) continue;
    return textOf(bytes, found, text)
      ? Buffer.from(bytes.buffer, bytes.byteOffset + text.start, text.end - text.start).toString()
      : undefined;
  }
  return undefined;
}

function* holders(bytes: Uint8Array, from: number, to: number, span: Range): Generator<Range> {
  for (let at = from; at < to;) {
    const tag = tagAt(bytes, at);
    at = varintEnd(bytes, at);
    const end = skipValue(bytes, at, tag % 8);
    if (tag === resourceTag) {
      span.start = varintEnd(bytes, at);
      span.end = end;
      yield span;
    }
    at = end;
  }
}
