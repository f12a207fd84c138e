import type { PathAccess } from '../../expression.js';
import { mapOf, storedValue, type StoredValue } from '../../stored-value.js';
import type { Value } from '../../value.js';
import { at } from '../batch-scene.js';
import { KeyStep, valueBelow, withValueBelow } from '../path-keys.js';
import type { PathEnd, PathStep } from '../path-table.js';

/** A map for one item of the context, in which statements leave values for those after them. */
export const cachePath: PathStep = {
  takesKeys: true,
  access: (end) => (end.keys.length === 0 ? whole(end) : below(end)),
};

function whole({ text }: PathEnd): PathAccess {
  return {
    text,
    get: (scene) => new Map<string, Value>(at(scene).cache),
    set: (scene, value) => {
      const entries = storedValue(mapOf(value), undefined) as ReadonlyMap<string, StoredValue>;
      const { cache: target } = at(scene);
      target.clear();
      for (const [key, entry] of entries) target.set(key, entry);
    },
  };
}

function below({ text, keys }: PathEnd): PathAccess {
  const [first, ...others] = keys;
  if (first === undefined) throw new Error('a path below a map has a key');
  const toGet = new KeyStep(first, 'cannot get map value: ');
  const toSet = new KeyStep(first, 'cannot set map value: ');
  const rest = others.map((key) => new KeyStep(key));
  return {
    text,
    get: (scene) => valueBelow(at(scene).cache.get(toGet.text(scene)), rest, scene),
    set: (scene, value) => {
      const { cache: target } = at(scene);
      const name = toSet.text(scene);
      const current = target.get(name);
      if (current === undefined) target.set(name, undefined);
      target.set(
        name,
        withValueBelow(current, rest, scene, (old) => storedValue(value, old)),
      );
    },
  };
}
