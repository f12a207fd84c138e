import type { AssignablePath, PathAccess } from '../../expression.js';
import { OttlError } from '../../ottl-error.js';
import type { Scene } from '../../scene.js';
import { typeName, type MapValue, type Value } from '../../value.js';

/** The map at a path. Throws an `OttlError` where it is none. */
export function mapAt(path: PathAccess, scene: Scene): MapValue {
  const value = path.get(scene);
  if (value instanceof Map) return value;
  throw new OttlError(`expected pcommon.Map but got ${typeName(value)}`);
}

/** Sets entries of a map, and nothing when there are none. */
export function setEntries(path: AssignablePath, scene: Scene, changed: ReadonlyMap<string, Value>): void {
  if (changed.size === 0) return;
  const { entries } = path;
  if (entries === undefined) path.set(scene, new Map([...mapAt(path, scene), ...changed]));
  else entries.setAll(scene, changed);
}
