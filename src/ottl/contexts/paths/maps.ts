import type { Key } from '../../../otlp/view/key.js';
import { KeyValueView, ValueView } from '../../../otlp/view/value.js';
import type { EntriesAccess, PathAccess } from '../../expression.js';
import { OttlError } from '../../ottl-error.js';
import { readValue } from '../../read-value.js';
import type { Scene } from '../../scene.js';
import { encodedMap, encodedValue, storedValue, type StoredValue } from '../../stored-value.js';
import type { MapValue, Value } from '../../value.js';
import { at, type BatchScene, type ScenePlace } from '../batch-scene.js';
import { KeyStep, viewBelow, withValueBelow } from '../path-keys.js';
import type { PathEnd, PathStep } from '../path-table.js';

const found = new ValueView();

/** The attributes of a message, of which each has one such field, and one of them by its name. */
export const attributesPath: PathStep = {
  takesKeys: true,
  access: (end) => (end.keys.length === 0 ? whole(end) : below(end)),
};

function whole({ text, place }: PathEnd): PathAccess {
  const entries = new Entries(place);
  return {
    text,
    entries,
    get: (scene) => {
      const map = new AttributeMap(place);
      for (const entry = entries.walk(scene); entry.next();) {
        const key = entry.key.toString();
        if (!map.has(key)) map.set(key, readValue(entry.value));
      }
      return map;
    },
    set: (scene, value) => at(scene).editor(place).setAttributes(encodedMap(value)),
  };
}

/** All attributes of a message, which are recognised when they are assigned to one of themselves. */
class AttributeMap extends Map<string, Value> {
  readonly place: ScenePlace;

  constructor(place: ScenePlace) {
    super();
    this.place = place;
  }
}

class Entries implements EntriesAccess {
  readonly #place: ScenePlace;
  readonly #entry: KeyValueView = new KeyValueView();

  constructor(place: ScenePlace) {
    this.#place = place;
  }

  walk(scene: Scene): KeyValueView {
    const fields = at(scene).fields(this.#place);
    fields.list(fields.attributesField, this.#entry.fields);
    return this.#entry;
  }

  longest(scene: Scene): number {
    return at(scene).longestAttribute(this.#place);
  }

  set(scene: Scene, key: Key, value: Value): void {
    setAttribute(at(scene), this.#place, key, value);
  }

  setAll(scene: Scene, entries: MapValue): void {
    if (entries.size > 0) at(scene).editor(this.#place).mergeAttributes(encodedMap(entries));
  }

  delete(scene: Scene, key: Key): boolean {
    return at(scene).editor(this.#place).deleteAttribute(key);
  }

  deleteMatching(scene: Scene, matches: Parameters<EntriesAccess['deleteMatching']>[1]): number {
    return at(scene).editor(this.#place).deleteAttributes(matches);
  }
}

function below({ text, place, keys }: PathEnd): PathAccess {
  const [first, ...others] = keys;
  if (first === undefined) throw new Error('a path below a map has a key');
  const toGet = new KeyStep(first, 'cannot get map value: ');
  const toSet = new KeyStep(first, 'cannot set map value: ');
  const rest = others.map((key) => new KeyStep(key));
  const root = new ValueView();
  const find = (scene: Scene): ValueView | undefined => {
    const isThere = at(scene).findAttribute(place, toGet.name(scene), root.fields);
    return isThere ? viewBelow(root, rest, scene) : undefined;
  };
  return {
    text,
    view: find,
    get: (scene) => {
      const view = find(scene);
      return view && readValue(view);
    },
    set: (scene, value) => setAttribute(at(scene), place, toSet.name(scene), value, rest),
  };
}

/**
 * Sets an attribute, or what is in it below some keys. One that is not there is there afterwards, empty, even when the
 * value cannot be stored: so does the Collector.
 */
function setAttribute(
  scene: BatchScene,
  place: ScenePlace,
  key: Key,
  value: Value,
  keys: readonly KeyStep[] = [],
): void {
  // Most values are texts, which need no thought.
  if (keys.length === 0 && typeof value === 'string') {
    scene.editor(place).setAttribute(key, value);
    return;
  }
  const current = (): Value => (scene.findAttribute(place, key, found.fields) ? readValue(found) : undefined);
  try {
    // The Collector makes the new attribute, an empty map, before it copies them all.
    const isOwn = value instanceof AttributeMap && value.place === place;
    const encoded =
      keys.length === 0
        ? encodedValue(isOwn ? new Map(value).set(key.text, new Map()) : value, current)
        : encodedValue(
            withValueBelow(current() as StoredValue, keys, scene, (old) => storedValue(value, old)),
            current,
          );
    scene.editor(place).setAttribute(key, encoded);
  } catch (error) {
    if (error instanceof OttlError) scene.editor(place).insertAttribute(key, null);
    throw error;
  }
}
