import { apiText, apiTexts, type ApiJson } from '../../../kubernetes/json.js';
import { entityOwners, type Entity, type EntityKind, type EntityOwner, type EntityWorld } from './entity.js';

/** A change of an entity. */
export type EntityChange = { readonly step: 'state' | 'delete'; readonly entity: Entity };

interface Selected {
  readonly name: string;
  readonly selector: readonly (readonly [key: string, value: string])[];
}

/** The entities of the cluster, and which of them have changed since they were asked for last. */
export class KnownEntities implements EntityWorld {
  /** By the UID of the object. */
  readonly #objects: Map<string, (world: EntityWorld) => readonly Entity[]> = new Map();
  /** The last reported state of the entities of each object, as text. */
  readonly #said: Map<string, ReadonlyMap<string, { readonly entity: Entity; readonly text: string }>> = new Map();
  /** Services by namespace, and by UID. */
  readonly #services: Map<string, Map<string, Selected>> = new Map();
  readonly #owners: Map<string, EntityOwner> = new Map();
  /** Objects that have changed. */
  readonly #changed: Set<string> = new Set();

  upsert(kind: EntityKind, uid: string, object: ApiJson): void {
    this.#objects.set(uid, kind.read(uid, object));
    this.#changed.add(uid);
    const { plural } = kind.resource;
    if (plural === 'services') {
      const namespace = apiText(object, 'metadata', 'namespace') ?? '';
      const services = this.#services.get(namespace) ?? new Map<string, Selected>();
      const name = apiText(object, 'metadata', 'name') ?? '';
      this.#services.set(namespace, services.set(uid, { name, selector: apiTexts(object, 'spec', 'selector') }));
    } else if (plural === 'replicasets' || plural === 'jobs') {
      const owner = entityOwners(object).find(({ kind: made }) => made === 'Deployment' || made === 'CronJob');
      if (owner) this.#owners.set(uid, owner);
    }
  }

  remove(uid: string): void {
    this.#objects.delete(uid);
    for (const services of this.#services.values()) services.delete(uid);
    this.#owners.delete(uid);
    this.#changed.add(uid);
  }

  servicesOf(namespace: string, labels: ReadonlyMap<string, string>): readonly string[] {
    const names: string[] = [];
    for (const { name, selector } of this.#services.get(namespace)?.values() ?? [])
      if (selector.length > 0 && selector.every(([key, value]) => labels.get(key) === value)) names.push(name);
    return names;
  }

  ownerOf(uid: string): EntityOwner | undefined {
    return this.#owners.get(uid);
  }

  /** The changes since the last call; `all`: also everything that is there. */
  *changes(all: boolean): Generator<EntityChange, void, undefined> {
    const uids = all ? new Set([...this.#objects.keys(), ...this.#changed]) : new Set(this.#changed);
    this.#changed.clear();
    for (const uid of uids) yield* this.#changesOf(uid, all);
  }

  *#changesOf(uid: string, all: boolean): Generator<EntityChange, void, undefined> {
    const before = this.#said.get(uid);
    const now = new Map<string, { readonly entity: Entity; readonly text: string }>();
    for (const entity of this.#objects.get(uid)?.(this) ?? []) {
      const text = JSON.stringify([...entity.attributes]);
      now.set(entity.id, { entity, text });
      if (all || before?.get(entity.id)?.text !== text) yield { step: 'state', entity };
    }
    for (const [id, { entity }] of before ?? []) if (!now.has(id)) yield { step: 'delete', entity };
    if (now.size === 0) this.#said.delete(uid);
    else this.#said.set(uid, now);
  }
}
