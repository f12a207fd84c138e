import { cutMiddle } from '../../component/peer-text.js';

/** Characters of one text of a line: the last guard, where a text of a peer was not cut before. */
const mostText = 8192;
/** Characters of all fields of a line as JSON, up to the end of the text that goes beyond. */
const mostFields = 64 * 1024;
/** The length that a number or a mark counts as. */
const small = 8;

/** The message of a line, cut. */
export function boundedMessage(message: string): string {
  return cutMiddle(message, mostText);
}

/** The fields of a line, with texts, lists and objects cut; the number of what is left out stands in its place. */
export function boundedFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return new FieldBounds().record(fields, boundedError);
}

/** An error keeps its type, which tells those that read the log over OTLP more than its message. */
function boundedError(error: Error): Error {
  const message = cutMiddle(error.message, mostText);
  if (message === error.message) return error;
  return Object.assign(Object.create(Object.getPrototypeOf(error) as object) as Error, { message });
}

class FieldBounds {
  #left = mostFields;

  record(fields: Readonly<Record<string, unknown>>, ofError?: (error: Error) => Error): Record<string, unknown> {
    const shown: Record<string, unknown> = {};
    const entries = Object.entries(fields);
    for (const [i, [name, value]] of entries.entries()) {
      if (this.#left <= 0) {
        shown['...'] = `${entries.length - i} more`;
        break;
      }
      this.#left -= name.length + small;
      if (ofError && value instanceof Error) {
        shown[name] = ofError(value);
        this.#text(value.message);
      } else shown[name] = this.#value(value);
    }
    return shown;
  }

  #value(value: unknown): unknown {
    if (typeof value === 'string') return this.#text(value);
    if (value instanceof Error) return this.#text(value.message);
    if (Array.isArray(value)) return this.#list(value);
    if (typeof value === 'object' && value !== null) return this.record(value as Record<string, unknown>);
    this.#left -= small;
    return value;
  }

  #list(list: readonly unknown[]): unknown[] {
    const shown: unknown[] = [];
    for (const each of list) {
      if (this.#left <= 0) {
        shown.push(`... (${list.length - shown.length} more)`);
        break;
      }
      this.#left -= 1;
      shown.push(this.#value(each));
    }
    return shown;
  }

  /** An escaped text counts as long as it is then. */
  #text(text: string): string {
    const shown = cutMiddle(text, mostText);
    this.#left -= JSON.stringify(shown).length;
    return shown;
  }
}
