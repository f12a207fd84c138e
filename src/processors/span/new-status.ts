import { MessageWriter } from '../../otlp/build/message-writer.js';
import { tagOf } from '../../otlp/fields.js';
import { key, type Key } from '../../otlp/view/key.js';
import { StatusView } from '../../otlp/view/span.js';
import type { Backing } from '../../otlp/view/backing.js';
import { statusCodes, type StatusConfig } from './config.js';

const messageTag = tagOf('Status', 'message');
const codeTag = tagOf('Status', 'code');

/** The status that spans get. */
export class NewStatus {
  readonly #code: number;
  readonly #message: Key;
  readonly #view: StatusView = new StatusView();
  /** Its body, without fields at their defaults. */
  readonly short: Uint8Array;
  /** With all fields, so that it also replaces what earlier pieces of the message say. */
  readonly full: Uint8Array;

  constructor({ code, description }: StatusConfig) {
    this.#code = statusCodes.get(code) ?? 0;
    this.#message = key(description);
    this.short = encoded(this.#code, description, false);
    this.full = encoded(this.#code, description, true);
  }

  get isUnset(): boolean {
    return this.#code === 0;
  }

  /** Whether the status `[from, to)` says the same. */
  isSame(backing: Backing, from: number, to: number): boolean {
    const { code, message } = this.#view.move(backing, from, to);
    return code === this.#code && message.is(this.#message);
  }
}

function encoded(code: number, message: string, isFull: boolean): Uint8Array {
  const writer = new MessageWriter(64);
  if (isFull || message !== '') writer.text(messageTag, message);
  if (isFull || code !== 0) {
    writer.tag(codeTag);
    writer.varint(code);
  }
  return writer.finish((size) => new Uint8Array(size));
}
