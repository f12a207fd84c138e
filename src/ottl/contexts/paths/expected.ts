import { OttlError } from '../../ottl-error.js';
import { typeName, type Value } from '../../value.js';

/** The value of a path that can be nothing but a text. */
export function expectText(value: Value): string {
  return typeof value === 'string' ? value : refuseValue('string', value);
}

export function expectInt(value: Value): bigint {
  return typeof value === 'bigint' ? value : refuseValue('int64', value);
}

export function expectFloat(value: Value): number {
  return typeof value === 'number' ? value : refuseValue('float64', value);
}

export function expectBool(value: Value): boolean {
  return typeof value === 'boolean' ? value : refuseValue('bool', value);
}

/** Fails an assignment, as the Collector does. */
export function refuseValue(type: string, value: Value): never {
  if (value === undefined) throw new OttlError('setting a value to nil is not supported');
  throw new OttlError(`expects ${type} but got ${typeName(value)}`);
}
