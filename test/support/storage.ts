import {
  piecesOf,
  StorageError,
  type Storage,
  type StorageClient,
  type StorageOperation,
  type StorageOwner,
  type StorageValue,
} from '../../src/component/storage.js';

type Values = Map<string, Uint8Array>;

/** Storage of a test: what it holds lives as long as the object. */
export class MemoryStorage implements Storage {
  readonly #owners: Map<string, Values>;
  readonly #open: Set<string> = new Set();
  readonly #maxBytes: number;

  /** `maxBytes` bounds the values of one owner. */
  constructor(maxBytes: number = Number.POSITIVE_INFINITY, owners: Map<string, Values> = new Map()) {
    this.#maxBytes = maxBytes;
    this.#owners = owners;
  }

  /** The content that another process finds after this one was killed. */
  afterKill(): MemoryStorage {
    return new MemoryStorage(this.#maxBytes, this.#owners);
  }

  open({ kind, id, name }: StorageOwner): Promise<StorageClient> {
    const owner = JSON.stringify([kind, id, name]);
    if (this.#open.has(owner))
      return Promise.reject(new StorageError('io', `the data of ${kind} ${id} ${name} is open already`));
    this.#open.add(owner);
    let values = this.#owners.get(owner);
    if (!values) this.#owners.set(owner, (values = new Map()));
    return Promise.resolve(new MemoryClient(values, this.#maxBytes, () => this.#open.delete(owner)));
  }
}

class MemoryClient implements StorageClient {
  readonly #values: Values;
  readonly #maxBytes: number;
  readonly #closed: () => void;
  #open = true;

  constructor(values: Values, maxBytes: number, closed: () => void) {
    this.#values = values;
    this.#maxBytes = maxBytes;
    this.#closed = closed;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return (await this.batch([{ kind: 'get', key }]))[0];
  }

  async set(key: string, value: StorageValue): Promise<void> {
    await this.batch([{ kind: 'set', key, value }]);
  }

  async delete(key: string): Promise<void> {
    await this.batch([{ kind: 'delete', key }]);
  }

  batch(operations: readonly StorageOperation[]): Promise<readonly (Uint8Array | undefined)[]> {
    if (!this.#open) return Promise.reject(new StorageError('closed', 'the storage client is closed'));
    const next = new Map(this.#values);
    const found = operations.map((operation) => {
      if (operation.kind === 'get') return next.get(operation.key)?.slice();
      if (operation.kind === 'set') next.set(operation.key, new Uint8Array(Buffer.concat(piecesOf(operation.value))));
      else next.delete(operation.key);
      return undefined;
    });
    const bytes = [...next.values()].reduce((sum, value) => sum + value.length, 0);
    if (bytes > this.#maxBytes)
      return Promise.reject(new StorageError('full', 'the storage extension has run out of available space'));
    this.#values.clear();
    for (const [key, value] of next) this.#values.set(key, value);
    return Promise.resolve(found);
  }

  async keys(): Promise<readonly string[]> {
    const keys = [...this.#values.keys()];
    await this.batch([]);
    return keys;
  }

  close(): Promise<void> {
    if (this.#open) this.#closed();
    this.#open = false;
    return Promise.resolve();
  }
}

/** A client to which the values of some keys are damaged until they are set or deleted. */
export function damaging(client: StorageClient, damaged: Set<string>): StorageClient {
  const fault = new StorageError('damaged', 'the value at byte 7 is damaged');
  return {
    get: (key) => (damaged.has(key) ? Promise.reject(fault) : client.get(key)),
    batch: (operations) =>
      operations.some(({ kind, key }) => kind === 'get' && damaged.has(key))
        ? Promise.reject(fault)
        : client.batch(operations),
    set: (key, value) => {
      damaged.delete(key);
      return client.set(key, value);
    },
    delete: (key) => {
      damaged.delete(key);
      return client.delete(key);
    },
    keys: () => client.keys(),
    close: () => client.close(),
  };
}
