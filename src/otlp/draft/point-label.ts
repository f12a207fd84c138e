import { tagOf } from '../fields.js';
import { MessageWriter } from '../build/message-writer.js';
import { Backing } from '../view/backing.js';
import { KeyValueView } from '../view/value.js';

const keyTag = tagOf('KeyValue', 'key');
const valueTag = tagOf('KeyValue', 'value');
const textTag = tagOf('AnyValue', 'string_value');
const none: unique symbol = Symbol('not a text');

const pair = new KeyValueView();
const backing = new Backing();
const writer = new MessageWriter();

/** An attribute of a data point. Its value stays as it was encoded unless it is replaced. */
export class PointLabel {
  readonly key: string;
  /** The body of the KeyValue. */
  readonly body: Buffer;
  #text: string | typeof none | undefined;

  constructor(key: string, body: Buffer) {
    this.key = key;
    this.body = body;
  }

  static read(body: Buffer): PointLabel {
    backing.bytes = body;
    const label = new PointLabel(pair.move(backing, 0, body.length).key.toString(), body);
    backing.drop();
    return label;
  }

  static of(key: string, text: string): PointLabel {
    writer.reset();
    writer.text(keyTag, key);
    writer.tag(valueTag);
    writer.open();
    writer.text(textTag, text);
    writer.close();
    return new PointLabel(
      key,
      writer.finish((size) => Buffer.allocUnsafe(size)),
    );
  }

  /** The value when it is a text. */
  get text(): string | undefined {
    if (this.#text === undefined) {
      backing.bytes = this.body;
      const { value } = pair.move(backing, 0, this.body.length);
      this.#text = value.type === 'string' ? value.string.toString() : none;
      backing.drop();
    }
    return this.#text === none ? undefined : this.#text;
  }

  /** The same value under another key. */
  renamed(key: string): PointLabel {
    backing.bytes = this.body;
    const { value } = pair.move(backing, 0, this.body.length);
    writer.reset();
    writer.text(keyTag, key);
    writer.tag(valueTag);
    writer.open();
    for (let piece = 0; piece < value.fields.pieceCount; piece++)
      writer.rawRun(this.body, value.fields.pieceFrom(piece), value.fields.pieceTo(piece));
    writer.close();
    backing.drop();
    return new PointLabel(
      key,
      writer.finish((size) => Buffer.allocUnsafe(size)),
    );
  }
}
