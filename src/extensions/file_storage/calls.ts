import { lengthOf, StorageError, type StorageOperation } from '../../component/storage.js';

type Found = readonly (Uint8Array | undefined)[];

/** A write that waits for its turn. It is settled once; what comes later has no effect. */
export interface WriteCall {
  readonly operations: readonly StorageOperation[];
  resolve(found: Found): void;
  reject(error: StorageError): void;
}

type Call =
  | { readonly kind: 'read'; run(): void }
  | { readonly kind: 'exclusive'; run(): Promise<void> }
  | { readonly kind: 'write'; readonly write: WriteCall; readonly bytes: number; readonly reads: boolean };

/** Writes and bytes that are committed together at most: they wait for each other. */
const mostWrites = 256;
const mostBytes = 8 << 20;

/**
 * The calls to a store, done in the order in which they were made. Writes that come while others are being written wait
 * and are committed together, so that many senders share one wait for the medium.
 */
export class Calls {
  readonly #commit: (group: readonly WriteCall[]) => Promise<void>;
  readonly #read: (key: string) => Promise<Uint8Array | undefined>;
  #waiting: Call[] = [];
  #working: Promise<void> | undefined;
  readonly #reads: Set<Promise<unknown>> = new Set();
  #closed = false;

  /** `commit` settles each call of a group and never rejects. */
  constructor(does: {
    commit(group: readonly WriteCall[]): Promise<void>;
    read(key: string): Promise<Uint8Array | undefined>;
  }) {
    this.#commit = (group) => does.commit(group);
    this.#read = (key) => does.read(key);
  }

  read(key: string): Promise<Uint8Array | undefined> {
    return this.#add((resolve, reject) => ({
      kind: 'read',
      run: () => {
        const read = this.#read(key).then(resolve, reject);
        this.#reads.add(read);
        void read.then(() => this.#reads.delete(read));
      },
    }));
  }

  write(operations: readonly StorageOperation[]): Promise<Found> {
    let bytes = 0;
    for (const operation of operations) if (operation.kind === 'set') bytes += lengthOf(operation.value);
    const reads = operations.some(({ kind }) => kind === 'get');
    return this.#add((resolve, reject) => ({ kind: 'write', write: { operations, resolve, reject }, bytes, reads }));
  }

  /** Runs `run` alone: what was called before is done, and what is called later waits. */
  exclusive(run: () => Promise<void>): Promise<void> {
    return this.#add((resolve, reject) => ({ kind: 'exclusive', run: () => run().then(resolve, reject) }));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#working;
    await Promise.all(this.#reads);
  }

  #add<T>(callOf: (resolve: (value: T) => void, reject: (error: unknown) => void) => Call): Promise<T> {
    if (this.#closed) return Promise.reject(new StorageError('closed', 'the storage client is closed'));
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push(callOf(resolve, reject));
      this.#working ??= this.#work();
    });
  }

  async #work(): Promise<void> {
    // All calls of one turn come together.
    await Promise.resolve();
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      if (next.kind === 'write') await this.#commit(this.#group());
      else {
        this.#waiting.shift();
        await next.run();
      }
    }
    this.#working = undefined;
  }

  /** The writes that are committed together: those at the front, or one that reads what stands before it. */
  #group(): WriteCall[] {
    const group: WriteCall[] = [];
    let bytes = 0;
    for (const call of this.#waiting) {
      if (call.kind !== 'write' || group.length === mostWrites) break;
      if (group.length > 0 && (call.reads || bytes + call.bytes > mostBytes)) break;
      group.push(call.write);
      bytes += call.bytes;
      if (call.reads) break;
    }
    this.#waiting = this.#waiting.slice(group.length);
    return group;
  }
}
