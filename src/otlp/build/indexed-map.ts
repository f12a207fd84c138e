import { tagOf } from '../fields.js';
import { writeExactAttribute, type ExactValue, type IndexedMap } from './any-value.js';
import type { MessageWriter } from './message-writer.js';
import { writeLineAttribute, writePlainAttribute } from './plain-attribute.js';

const keyTag = tagOf('KeyValue', 'key');
const valueTag = tagOf('KeyValue', 'value');
const mapTag = tagOf('AnyValue', 'kvlist_value');
const entryTag = tagOf('KeyValueList', 'values');

/** Maps within maps that are written by calls within calls; deeper ones go the way that needs none. */
const deepest = 50;

/** Writes a KeyValue as a field with `tag`. Makes no object for plain values, and for maps that are read by place. */
export function writeEntryValue(writer: MessageWriter, tag: number, key: string, value: ExactValue, depth = 0): void {
  if (writePlainAttribute(writer, tag, key, value)) return;
  if (!isIndexed(value) || depth >= deepest) return writeExactAttribute(writer, tag, key, value);
  writer.tag(tag);
  writer.open();
  if (key !== '') writer.text(keyTag, key);
  writer.tag(valueTag);
  writer.open();
  writer.tag(mapTag);
  writer.open();
  writeIndexedMap(writer, entryTag, value, depth + 1);
  writer.close();
  writer.close();
  writer.close();
}

/** Writes each entry of a map as a KeyValue, a field with `tag`. */
export function writeIndexedMap(writer: MessageWriter, tag: number, map: IndexedMap, depth = 0): void {
  for (let i = 0; i < map.size; i++)
    if (map.isTextAt(i)) writeLineAttribute(writer, tag, map.keyAt(i), map.bytes, map.startAt(i), map.endAt(i));
    else writeEntryValue(writer, tag, map.keyAt(i), map.valueAt(i), depth);
}

function isIndexed(value: ExactValue): value is IndexedMap {
  return typeof value === 'object' && value !== null && 'keyAt' in value;
}
