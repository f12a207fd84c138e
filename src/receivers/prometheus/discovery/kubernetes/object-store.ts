import { isDeepStrictEqual } from 'node:util';
import { objectKey, type MetaObject } from './objects.js';

/** The objects of one kind, by UID, and by namespace and name. */
export class ObjectStore<T extends MetaObject> {
  readonly #byUid: Map<string, T> = new Map();
  readonly #uids: Map<string, string> = new Map();

  /** Whether that changed anything. */
  set(uid: string, object: T): boolean {
    const before = this.#byUid.get(uid);
    // Most changes of a node or a pod are about what is not read here.
    if (before && isDeepStrictEqual(before, object)) return false;
    this.#byUid.set(uid, object);
    this.#uids.set(objectKey(object.meta), uid);
    return true;
  }

  /** The object that is gone; undefined where there was none. */
  delete(uid: string): T | undefined {
    const object = this.#byUid.get(uid);
    if (!object) return undefined;
    this.#byUid.delete(uid);
    const key = objectKey(object.meta);
    // After a list, the object that took its name is known before this one is gone.
    if (this.#uids.get(key) === uid) this.#uids.delete(key);
    return object;
  }

  byUid(uid: string): T | undefined {
    return this.#byUid.get(uid);
  }

  get(namespace: string, name: string): T | undefined {
    const uid = this.#uids.get(objectKey({ namespace, name }));
    return uid === undefined ? undefined : this.#byUid.get(uid);
  }
}
