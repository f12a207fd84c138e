import { key, type Key } from '../../otlp/view/key.js';
import type { ValueView } from '../../otlp/view/value.js';
import type { PathKey } from '../context.js';
import { OttlError } from '../ottl-error.js';
import type { Scene } from '../scene.js';
import { elementsOf, storedTypeName, type StoredValue } from '../stored-value.js';
import { typeName, type Value } from '../value.js';

/** Elements of a list that an assignment makes: an index may come from the data. */
const mostElements = 65_536;

/** A key of a path as something to look up in a map or a list. */
export class KeyStep {
  readonly #path: PathKey;
  /** The constant text, prepared. */
  readonly #key: Key | undefined;
  readonly #failure: string;

  /** @param failure - put before the message when the key is no text */
  constructor(path: PathKey, failure = '') {
    this.#path = path;
    this.#failure = failure;
    const value = path.expression.constant?.value;
    this.#key = typeof value === 'string' ? key(value) : undefined;
  }

  /** As the name of an attribute. Throws an `OttlError` for a key that is no text. */
  name(scene: Scene): Key {
    return this.#key ?? key(this.text(scene));
  }

  text(scene: Scene): string {
    if (this.#key !== undefined) return this.#key.text;
    return this.#value(scene, `${this.#failure}unable to resolve a string index in map`, 'string') as string;
  }

  /** As a place in a list of some length. */
  place(scene: Scene, length: number): number {
    const value = this.#value(scene, 'unable to resolve an integer index in slice', 'int64') as bigint;
    if (value < 0n || value >= BigInt(length)) throw new OttlError(`index ${value} out of bounds`);
    return Number(value);
  }

  /** As either. */
  textOrPlace(scene: Scene): string | number {
    if (this.#key !== undefined) return this.#key.text;
    const value = this.#path.expression.get(scene);
    if (typeof value === 'string') return value;
    if (typeof value !== 'bigint') throw new OttlError('neither a string nor an int index was given');
    if (value < 0n || value >= BigInt(mostElements)) throw new OttlError(`index ${value} out of bounds`);
    return Number(value);
  }

  #value(scene: Scene, what: string, type: 'string' | 'int64'): Value {
    const { constant } = this.#path.expression;
    const value = constant ? constant.value : this.#path.expression.get(scene);
    if (typeof value === (type === 'string' ? 'string' : 'bigint')) return value;
    if (constant) throw new OttlError(`${what}: invalid key type`);
    const got = value === undefined ? '<nil>' : typeName(value);
    throw new OttlError(`${what}: could not resolve key for map/slice, expecting '${type}' but got '${got}'`);
  }
}

/** Goes down from a value by keys; undefined where the value is nil or has no such entry. */
export function viewBelow(from: ValueView, keys: readonly KeyStep[], scene: Scene): ValueView | undefined {
  let view: ValueView | undefined = from;
  for (const step of keys) {
    if (view === undefined) return undefined;
    switch (view.type) {
      case 'map':
        view = entryOf(view, step.name(scene));
        break;
      case 'array':
        view = elementOf(view, step, scene);
        break;
      case 'empty':
        return undefined;
      default:
        throw new OttlError(`type ${viewTypeName(view)} does not support string indexing`);
    }
  }
  return view;
}

/** The same for a value that is not in bytes. */
export function valueBelow(from: Value, keys: readonly KeyStep[], scene: Scene): Value {
  let value = from;
  for (const step of keys) {
    const elements = elementsOf(value);
    if (value === undefined) return undefined;
    if (value instanceof Map) value = value.get(step.text(scene));
    else if (elements) value = elements[step.place(scene, elements.length)];
    else throw new OttlError(`type ${storedTypeName(value)} does not support string indexing`);
  }
  return value;
}

/**
 * A value with another one set below some keys; what is missing on the way is made. The keys are few: they stand in
 * the statement.
 */
export function withValueBelow(
  from: StoredValue,
  keys: readonly KeyStep[],
  scene: Scene,
  set: (current: StoredValue) => StoredValue,
): StoredValue {
  const [step, ...rest] = keys;
  if (step === undefined) return set(from);
  if (from instanceof Map) {
    const name = step.text(scene);
    return new Map(from as ReadonlyMap<string, StoredValue>).set(
      name,
      withValueBelow(from.get(name), rest, scene, set),
    );
  }
  if (Array.isArray(from)) {
    const elements = from as readonly StoredValue[];
    const place = step.place(scene, elements.length);
    return elements.with(place, withValueBelow(elements[place], rest, scene, set));
  }
  if (from !== undefined) throw new OttlError(`type ${storedTypeName(from)} does not support string indexing`);
  const name = step.textOrPlace(scene);
  const made = withValueBelow(undefined, rest, scene, set);
  if (typeof name === 'string') return new Map([[name, made]]);
  return [...new Array<StoredValue>(name).fill(undefined), made];
}

/** The type of a value as `storedTypeName` has it. */
export function viewTypeName({ type }: ValueView): string {
  return viewTypes[type];
}

const viewTypes: Readonly<Record<ValueView['type'], string>> = {
  ...{ empty: 'Empty', string: 'Str', bool: 'Bool', int: 'Int', double: 'Double' },
  ...{ array: 'Slice', map: 'Map', bytes: 'Bytes', reference: 'Str' },
};

function entryOf(map: ValueView, name: Key): ValueView | undefined {
  for (const entry = map.entries(); entry.next();) if (entry.key.is(name)) return entry.value;
  return undefined;
}

function elementOf(list: ValueView, step: KeyStep, scene: Scene): ValueView {
  let length = 0;
  for (const element = list.elements(); element.next();) length++;
  const place = step.place(scene, length);
  const element = list.elements();
  for (let i = 0; i <= place; i++) element.next();
  return element;
}
