import { WholeFloat } from '../component/schema/expanded.js';
import { Double, type AttributeValue } from '../otlp/build/any-value.js';

/**
 * A value of the configuration as one of an attribute; undefined for nothing, and for anything that is no such value.
 * A whole number is an int, unless it is written with a point or an exponent.
 */
export function attributeValue(given: unknown): AttributeValue | undefined {
  switch (typeof given) {
    case 'string':
    case 'boolean':
    case 'bigint':
      return given;
    case 'number':
      return Number.isSafeInteger(given) && !Object.is(given, -0) ? given : new Double(given);
    case 'object':
      break;
    default:
      return undefined;
  }
  if (given === null) return undefined;
  if (given instanceof WholeFloat) return new Double(given.value);
  // Null is the empty value within a list or a map. The bound of the configuration's depth is that of these calls.
  if (Array.isArray(given)) return given.map((element: unknown) => attributeValue(element) ?? null);
  return new Map(Object.entries(given).map(([name, value]) => [name, attributeValue(value) ?? null]));
}
