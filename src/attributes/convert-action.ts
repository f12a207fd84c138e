import { Double, type AttributeValue } from '../otlp/build/any-value.js';
import type { AttributeTable } from '../otlp/edit/attribute-table.js';
import { valueText } from '../otlp/keys/value-text.js';
import { key, type Key } from '../otlp/view/key.js';
import type { ValueView } from '../otlp/view/value.js';
import { readFloat64, readInt64 } from '../strconv/read-number.js';
import type { Action } from './action.js';
import type { ActionConfig, ConvertedType } from './action-config.js';

const int64Bound = 2 ** 63;

/** Gives an attribute's value another type; one that has no value of that type stays as it is. */
export class ConvertAction implements Action {
  readonly keys: readonly Key[];
  readonly #key: Key;
  readonly #type: ConvertedType;

  constructor(config: ActionConfig) {
    this.#key = key(config.key);
    this.keys = [this.#key];
    this.#type = config.converted_type as ConvertedType;
  }

  run(attributes: AttributeTable): void {
    const row = attributes.find(this.#key);
    if (row < 0) return;
    const converted = this.#convert(attributes.value(row));
    if (converted !== undefined) attributes.setValue(row, converted);
  }

  /** Undefined: the value stays. */
  #convert(value: ValueView): AttributeValue | undefined {
    switch (this.#type) {
      case 'int':
        return toInt(value);
      case 'double':
        return toDouble(value);
      case 'string':
        return value.type === 'string' ? undefined : valueText(value);
    }
  }
}

function toInt(value: ValueView): bigint | undefined {
  switch (value.type) {
    case 'string': {
      const read = readInt64(value.string.toString());
      return typeof read === 'bigint' ? read : undefined;
    }
    case 'bool':
      return value.bool ? 1n : 0n;
    case 'double': {
      const whole = Math.trunc(value.double);
      return whole >= -int64Bound && whole < int64Bound ? BigInt(whole) : undefined;
    }
    default:
      return undefined;
  }
}

function toDouble(value: ValueView): Double | undefined {
  switch (value.type) {
    case 'string': {
      const read = readFloat64(value.string.toString());
      return typeof read === 'number' ? new Double(read) : undefined;
    }
    case 'bool':
      return new Double(value.bool ? 1 : 0);
    case 'int':
      return new Double(Number(value.int.toSignedBigInt()));
    default:
      return undefined;
  }
}
