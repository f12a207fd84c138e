import { key, type Key } from '../../../otlp/view/key.js';
import type { Range } from '../../../otlp/view/range.js';
import type { Expression, AssignablePath } from '../../expression.js';
import { editor, type Editor } from '../../function.js';
import { list, string, target } from '../../parameters.js';
import type { Scene } from '../../scene.js';
import type { Pattern } from '../../../pattern/pattern.js';
import { patternArgument } from '../pattern-argument.js';
import { mapAt } from './map-target.js';

const deleteKey: Editor = editor('delete_key', { target: target(), key: string() }, (args) => {
  const { target: path } = args;
  const keyAt = keyReader(args.key);
  const { entries } = path;
  if (entries !== undefined) return (scene) => void entries.delete(scene, keyAt(scene));
  return (scene) => {
    const { text } = keyAt(scene);
    deleteWhere(path, scene, (name) => name === text);
  };
});

const deleteMatchingKeys: Editor = editor(
  'delete_matching_keys',
  { target: target(), pattern: string() },
  ({ target: path, pattern }) => matchingKeys(path, patternArgument('delete_matching_keys', pattern), true),
);

const keepMatchingKeys: Editor = editor(
  'keep_matching_keys',
  { target: target(), pattern: string() },
  ({ target: path, pattern }) => matchingKeys(path, patternArgument('keep_matching_keys', pattern), false),
);

const keepKeys: Editor = editor('keep_keys', { target: target(), keys: list(string()) }, ({ target: path, keys }) => {
  const readers = keys.map(keyReader);
  const { entries } = path;
  if (entries === undefined) {
    return (scene) => {
      const kept = new Set(readers.map((read) => read(scene).text));
      deleteWhere(path, scene, (name) => !kept.has(name));
    };
  }
  let current: Scene;
  const isOther = (name: Range): boolean => {
    for (const read of readers) if (name.is(read(current))) return false;
    return true;
  };
  return (scene) => {
    current = scene;
    entries.deleteMatching(scene, isOther);
  };
});

/** The key of an expression, prepared once where it is constant. */
function keyReader(name: Expression<string>): (scene: Scene) => Key {
  if (name.constant === undefined) return (scene) => key(name.get(scene));
  const prepared = key(name.constant.value);
  return () => prepared;
}

/** Deletes the entries whose keys match, or the others. */
function matchingKeys(
  path: AssignablePath,
  patternAt: (scene: Scene) => Pattern,
  matching: boolean,
): (scene: Scene) => void {
  const { entries } = path;
  if (entries === undefined) {
    return (scene) => {
      const pattern = patternAt(scene);
      deleteWhere(path, scene, (name) => pattern.test(name) === matching);
    };
  }
  let pattern: Pattern;
  const isDeleted = ({ bytes, start, end }: Range): boolean => pattern.testBytes(bytes, start, end) === matching;
  return (scene) => {
    pattern = patternAt(scene);
    entries.deleteMatching(scene, isDeleted);
  };
}

/** Deletes entries of a map that must be read as a value; sets nothing when there are none. */
function deleteWhere(path: AssignablePath, scene: Scene, isDeleted: (name: string) => boolean): void {
  const map = mapAt(path, scene);
  const rest = new Map(map);
  for (const name of map.keys()) if (isDeleted(name)) rest.delete(name);
  if (rest.size < map.size) path.set(scene, rest);
}

export const keyEditors: readonly Editor[] = [deleteKey, deleteMatchingKeys, keepMatchingKeys, keepKeys];
