import { skipValue, tagAt, varintEnd } from '../wire/varint.js';

const nothing = Buffer.alloc(0);

/** The fields of a message with one of these tags, as they came, one behind the other. */
export function fieldsWith(body: Buffer, tags: readonly number[]): Buffer {
  return chosen(body, (tag) => tags.includes(tag));
}

/** The fields of a message with none of these tags. */
export function fieldsWithout(body: Buffer, tags: readonly number[]): Buffer {
  return chosen(body, (tag) => !tags.includes(tag));
}

function chosen(body: Buffer, isWanted: (tag: number) => boolean): Buffer {
  const runs: Buffer[] = [];
  let from = 0;
  let to = 0;
  for (let at = 0; at < body.length;) {
    const start = at;
    const tag = tagAt(body, at);
    at = skipValue(body, varintEnd(body, at), tag % 8);
    if (!isWanted(tag)) continue;
    if (start !== to) {
      if (to > from) runs.push(body.subarray(from, to));
      from = start;
    }
    to = at;
  }
  if (to > from) runs.push(body.subarray(from, to));
  if (runs.length === 0) return nothing;
  const [only] = runs;
  return runs.length === 1 && only ? only : Buffer.concat(runs);
}

/** Calls `each` with the body of every field with a tag, which is one of a message, and returns the other fields. */
export function takeMessages(body: Buffer, tag: number, each: (message: Buffer) => void): Buffer {
  for (let at = 0; at < body.length;) {
    const found = tagAt(body, at);
    const value = varintEnd(body, at);
    at = skipValue(body, value, found % 8);
    if (found === tag) each(body.subarray(varintEnd(body, value), at));
  }
  return fieldsWithout(body, [tag]);
}
