import { EntryMap } from './entry-map.js';
import type { EntryValue } from './entry-value.js';
import type { LogEntry } from './entry.js';
import { RawText } from '../otlp/build/any-value.js';

/** Bytes that a value takes beside its text, about. */
const ofValue = 24;

/** Bytes of memory that an entry keeps alive, about; a resource that it shares with others does not count. */
export function entryWeight(entry: LogEntry): number {
  const body = entry.isLine ? entry.lineEnd - entry.lineStart : weightOf(entry.body);
  return body + weightOf(entry.attributes) + (entry.hasOwnResource ? weightOf(entry.ownResource()) : 0);
}

/** Without recursion: a value may nest as deep as memory goes. */
function weightOf(value: EntryValue): number {
  let weight = 0;
  const waiting: EntryValue[] = [value];
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    weight += ofValue;
    if (typeof part === 'string') weight += part.length;
    else if (part instanceof RawText) weight += part.bytes.length;
    else if (part instanceof Uint8Array) weight += part.length;
    else if (Array.isArray(part)) for (const each of part) waiting.push(each);
    else if (part instanceof EntryMap)
      for (const [key, each] of part) {
        weight += key.length;
        waiting.push(each);
      }
  }
  return weight;
}
