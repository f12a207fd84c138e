import {
  StorageError,
  type StorageClient,
  type StorageFailure,
  type StorageOperation,
  type StorageValue,
} from '../../component/storage.js';

/** A client whose refused writes are counted, and whose end is known. */
export class CountedClient implements StorageClient {
  readonly #client: StorageClient;
  readonly #on: { refused(reason: StorageFailure): void; closed(): Promise<void> };
  #closing: Promise<void> | undefined;

  constructor(client: StorageClient, on: { refused(reason: StorageFailure): void; closed(): Promise<void> }) {
    this.#client = client;
    this.#on = on;
  }

  get hasDamage(): boolean {
    return this.#client.hasDamage === true;
  }

  get(key: string): Promise<Uint8Array | undefined> {
    return this.#client.get(key);
  }

  set(key: string, value: StorageValue): Promise<void> {
    return this.#counted(this.#client.set(key, value));
  }

  delete(key: string): Promise<void> {
    return this.#counted(this.#client.delete(key));
  }

  batch(operations: readonly StorageOperation[]): Promise<readonly (Uint8Array | undefined)[]> {
    return this.#counted(this.#client.batch(operations));
  }

  keys(): Promise<readonly string[]> {
    return this.#client.keys();
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#client.close().then(() => this.#on.closed()));
  }

  async #counted<T>(call: Promise<T>): Promise<T> {
    try {
      return await call;
    } catch (error) {
      if (error instanceof StorageError && (error.failure === 'full' || error.failure === 'io'))
        this.#on.refused(error.failure);
      throw error;
    }
  }
}
