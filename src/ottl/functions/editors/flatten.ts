import { longestText } from '../limits.js';
import { editor, type Editor } from '../../function.js';
import { literalBool, literalInt, literalString, optional, target } from '../../parameters.js';
import { OttlError, StatementError } from '../../ottl-error.js';
import type { MapValue, Value } from '../../value.js';
import { mapAt } from './map-target.js';

/** Characters of all keys of a result: those of deep maps grow with the square of the depth. */
const mostCharacters = longestText;

/** Puts the values of inner maps and lists into the outer map, their keys and places joined by points. */
const flatten: Editor = editor(
  'flatten',
  {
    target: target(),
    prefix: optional(literalString()),
    depth: optional(literalInt()),
    resolve_conflicts: optional(literalBool()),
  },
  ({ target: path, prefix = '', depth, resolve_conflicts: isResolving = false }) => {
    if (depth !== undefined && depth <= 0n)
      throw new StatementError(`invalid depth '${depth}' for flatten function, must be greater than 0`);
    const deepest = depth === undefined ? Infinity : Number(depth);
    return (scene) => {
      const map = mapAt(path, scene);
      if (prefix === '' && ![...map.values()].some(isContainer)) return;
      path.set(scene, flattened(map, prefix, deepest, isResolving));
    };
  },
);

/** A map or list that is read, with the key in front of its own. */
interface Open {
  readonly prefix: string;
  readonly entries: Iterator<readonly [string, Value]>;
  readonly isList: boolean;
}

/** Without recursion, as the sender decides how deep a map is. */
function flattened(map: MapValue, prefix: string, deepest: number, isResolving: boolean): MapValue {
  const result = new Flattened();
  const stack: Open[] = [{ prefix, entries: map.entries(), isList: false }];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const next = top.entries.next();
    if (next.done === true) {
      stack.pop();
      continue;
    }
    const [name, value] = next.value;
    const key = top.prefix === '' ? name : `${top.prefix}.${name}`;
    if (isContainer(value) && stack.length <= deepest)
      stack.push({ prefix: key, entries: entriesOf(value), isList: !(value instanceof Map) });
    else if (isResolving) result.addApart(top.isList ? top.prefix : key, value);
    else result.add(key, value);
  }
  return result.map;
}

class Flattened {
  readonly map: Map<string, Value> = new Map();
  readonly #numbers = new Map<string, number>();
  #characters = 0;

  add(key: string, value: Value): void {
    this.#characters += key.length;
    if (this.#characters > mostCharacters)
      throw new OttlError(`a flat map with more than ${mostCharacters} characters of keys`);
    this.map.set(key, value);
  }

  /** Adds a number to a key that is taken. */
  addApart(key: string, value: Value): void {
    if (!this.map.has(key)) {
      this.add(key, value);
      return;
    }
    const number = this.#numbers.get(key) ?? 0;
    this.#numbers.set(key, number + 1);
    this.add(`${key}.${number}`, value);
  }
}

function isContainer(value: Value): value is MapValue | readonly Value[] {
  return value instanceof Map || Array.isArray(value);
}

function* entriesOf(container: MapValue | readonly Value[]): Generator<readonly [string, Value]> {
  if (container instanceof Map) yield* container as MapValue;
  else for (const [place, value] of (container as readonly Value[]).entries()) yield [String(place), value];
}

export const flattenEditors: readonly Editor[] = [flatten];
