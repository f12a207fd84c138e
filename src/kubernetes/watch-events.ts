import { apiError, type ApiSubject } from './api-error.js';
import { apiText, apiValue, type ApiJson } from './json.js';
import { linesOf } from './lines.js';
import { wholeObject, type ReadObject } from './read-object.js';

/** One change that a watch reports, or (`bookmark`) the version up to which there was none. */
export interface WatchEvent {
  readonly kind: 'added' | 'modified' | 'deleted' | 'bookmark';
  readonly object: ApiJson;
}

const kinds: ReadonlyMap<string, WatchEvent['kind']> = new Map([
  ['ADDED', 'added'],
  ['MODIFIED', 'modified'],
  ['DELETED', 'deleted'],
  ['BOOKMARK', 'bookmark'],
]);

/** The events in the body of a watch, a line each. Throws for what is no event, and the error of an error event. */
export async function* eventsOf(
  body: AsyncIterable<Uint8Array>,
  subject: ApiSubject,
  read: ReadObject = wholeObject,
): AsyncGenerator<WatchEvent> {
  for await (const line of linesOf(body)) {
    let event: ApiJson;
    try {
      event = read(line);
    } catch {
      throw new Error(`${subject.name}: an event of the watch is no JSON`);
    }
    const object = apiValue(event, 'object');
    const type = apiText(event, 'type') ?? '';
    if (type === 'ERROR') throw apiError(Number(apiValue(object, 'code')) || 500, object, subject);
    const kind = kinds.get(type);
    if (kind) yield { kind, object };
  }
}
