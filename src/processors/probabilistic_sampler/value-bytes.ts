import { valueText } from '../../otlp/keys/value-text.js';
import type { ValueView } from '../../otlp/view/value.js';

const minus = 0x2d;
const zero = 0x30;

/** The bytes of an attribute value that are hashed: a text or bytes as they lie in the batch, else its text. */
export class ValueBytes {
  bytes: Uint8Array = new Uint8Array(0);
  from = 0;
  to = 0;
  /** Room for the digits of a number. */
  readonly #digits: Uint8Array = new Uint8Array(24);

  read(value: ValueView): void {
    switch (value.type) {
      case 'empty':
        this.from = this.to = 0;
        return;
      case 'string': {
        const { bytes, start, end } = value.string;
        this.#set(bytes, start, end);
        return;
      }
      case 'bytes': {
        const { bytes, start, end } = value.bytesValue;
        this.#set(bytes, start, end);
        return;
      }
      case 'int': {
        const number = value.int.toSigned();
        if (Number.isSafeInteger(number)) {
          this.#writeNumber(number);
          return;
        }
      }
    }
    const text = Buffer.from(valueText(value));
    this.#set(text, 0, text.length);
  }

  #set(bytes: Uint8Array, from: number, to: number): void {
    this.bytes = bytes;
    this.from = from;
    this.to = to;
  }

  /** Whole numbers are common as IDs, so that they make no text. */
  #writeNumber(number: number): void {
    const digits = this.#digits;
    let at = digits.length;
    let rest = Math.abs(number);
    do {
      const above = Math.floor(rest / 10);
      digits[--at] = zero + rest - above * 10;
      rest = above;
    } while (rest > 0);
    if (number < 0) digits[--at] = minus;
    this.#set(digits, at, digits.length);
  }
}
