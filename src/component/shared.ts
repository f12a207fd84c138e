/** Something that several components can use together. */
export interface Shareable {
  /** Runs when the last component has released it. */
  close(): Promise<void> | void;
}

/** One component's use of a shared object. */
export interface Lease<T> {
  readonly value: T;
  /** Ends the use. The last one of all closes the object, and waits for that. May be called again. */
  release(): Promise<void>;
}

/** Gives out what the components of one running service share. */
export interface Share {
  /** One object per (kind, ID) of the running service, shared by all signals and pipelines; made on first use. */
  <T>(make: () => T): T;
  /**
   * One object per key, shared by components of any kind: a watch of Kubernetes, a connection. Made by the first that
   * asks, closed when the last lease is released, and made again after that. To be asked for in `start` and released in
   * `shutdown`, since a component that is only created may never be shut down.
   */
  <T extends Shareable>(key: SharedKey<T>, make: () => T): Lease<T>;
}

interface Entry<T> {
  readonly value: T;
  leases: number;
}

/**
 * Names what is shared, and its type. Keys are equal when they are the same object, or made by `of` with the same
 * parts.
 */
export class SharedKey<T extends Shareable> {
  readonly name: string;
  /** By service, so that two in one process share nothing; then by name. */
  readonly #entries: WeakMap<object, Map<string, Entry<T>>>;

  constructor(name: string, entries: WeakMap<object, Map<string, Entry<T>>> = new WeakMap()) {
    this.name = name;
    this.#entries = entries;
  }

  /** The key of one of several such objects: `podWatch.of(namespace)`. */
  of(part: string): SharedKey<T> {
    return new SharedKey(JSON.stringify([this.name, part]), this.#entries);
  }

  /** A use of the object of `service`; `make` makes it when there is none. */
  lease(service: object, make: () => T): Lease<T> {
    let ofService = this.#entries.get(service);
    if (!ofService) this.#entries.set(service, (ofService = new Map()));
    const entries = ofService;
    let entry = entries.get(this.name);
    if (!entry) entries.set(this.name, (entry = { value: make(), leases: 0 }));
    const taken = entry;
    taken.leases++;
    let released: Promise<void> | undefined;
    const release = async (): Promise<void> => {
      if (--taken.leases > 0) return;
      // Before it is closed, so that one who asks meanwhile gets another one.
      entries.delete(this.name);
      await taken.value.close();
    };
    return { value: taken.value, release: () => (released ??= release()) };
  }
}

/**
 * A key for what components share: `const podWatch = sharedKey<PodWatch>('kubernetes pods')`, one constant for all who
 * use it.
 */
export function sharedKey<T extends Shareable>(name: string): SharedKey<T> {
  return new SharedKey<T>(name);
}

/** The objects that the components of one running service share. */
export class SharedObjects {
  readonly #own: Map<string, unknown> = new Map();
  /** Stands for the service. */
  readonly #service: object = {};

  /** The `shared` function of one component, named by kind and ID. */
  of(kind: string, id: string): Share {
    const component = `${kind} ${id}`;
    const own = this.#own;
    const service = this.#service;
    function shared<T>(make: () => T): T;
    function shared<T extends Shareable>(key: SharedKey<T>, make: () => T): Lease<T>;
    function shared<T extends Shareable>(first: (() => T) | SharedKey<T>, make?: () => T): T | Lease<T> {
      if (first instanceof SharedKey) {
        if (!make) throw new Error(`nothing to make for the shared ${first.name}`);
        return first.lease(service, make);
      }
      // The one cast: each component asks for its own key with its own type.
      if (!own.has(component)) own.set(component, first());
      return own.get(component) as T;
    }
    return shared;
  }
}
