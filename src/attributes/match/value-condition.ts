import { Double, writeValue, type AttributeValue } from '../../otlp/build/any-value.js';
import { MessageWriter } from '../../otlp/build/message-writer.js';
import { key, type Key } from '../../otlp/view/key.js';
import type { ValueView } from '../../otlp/view/value.js';
import { pattern, type Pattern } from '../../pattern/pattern.js';
import { decimalText } from './decimal-text.js';

/** A condition on the value of an attribute that is there. */
export interface ValueCondition {
  matches(value: ValueView): boolean;
}

export const anyValue: ValueCondition = { matches: () => true };

/** The value is of the same type and the same. */
export function sameValue(wanted: AttributeValue): ValueCondition {
  switch (typeof wanted) {
    case 'string':
      return new SameText(key(wanted));
    case 'boolean':
      return { matches: (value) => value.type === 'bool' && value.bool === wanted };
    case 'number':
    case 'bigint':
      return new SameInt(BigInt.asUintN(64, BigInt(wanted)));
    default:
  }
  if (wanted instanceof Double) {
    const { value: double } = wanted;
    return { matches: (value) => value.type === 'double' && value.double === double };
  }
  return new SameBytes(wanted);
}

/** A pattern matches the value as a text; lists, maps, bytes and empty values have none. Throws a `PatternError`. */
export function matchingValue(source: string): ValueCondition {
  return new Matching(pattern(source));
}

class SameText implements ValueCondition {
  readonly #text: Key;

  constructor(text: Key) {
    this.#text = text;
  }

  matches(value: ValueView): boolean {
    return value.is(this.#text);
  }
}

class SameInt implements ValueCondition {
  readonly #low: number;
  readonly #high: number;

  /** @param wanted - in two's complement */
  constructor(wanted: bigint) {
    this.#low = Number(wanted & 0xffffffffn);
    this.#high = Number(wanted >> 32n);
  }

  matches(value: ValueView): boolean {
    if (value.type !== 'int') return false;
    const { low, high } = value.int;
    return low === this.#low && high === this.#high;
  }
}

/** For lists and maps, as they are encoded. */
class SameBytes implements ValueCondition {
  readonly #bytes: Buffer;

  constructor(wanted: AttributeValue) {
    const writer = new MessageWriter();
    writeValue(writer, wanted);
    this.#bytes = writer.finish((size) => Buffer.alloc(size));
  }

  matches(value: ValueView): boolean {
    const { bytes } = value.backing;
    return this.#bytes.equals(bytes.subarray(value.start, value.end));
  }
}

class Matching implements ValueCondition {
  readonly #pattern: Pattern;

  constructor(found: Pattern) {
    this.#pattern = found;
  }

  matches(value: ValueView): boolean {
    switch (value.type) {
      case 'string': {
        const { bytes, start, end } = value.string;
        return this.#pattern.testBytes(bytes, start, end);
      }
      case 'bool':
        return this.#pattern.test(String(value.bool));
      case 'int':
        return this.#pattern.test(String(value.int.toSignedBigInt()));
      case 'double':
        return this.#pattern.test(decimalText(value.double));
      default:
        return false;
    }
  }
}
