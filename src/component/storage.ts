import type { ComponentContext, ComponentKind } from './define.js';
import type { Host } from './lifecycle.js';

/** Whose data a storage client has. */
export interface StorageOwner {
  readonly kind: ComponentKind;
  /** The component's ID as written. */
  readonly id: string;
  /** Tells several clients of one component apart, such as the signals of an exporter; '' when it has only one. */
  readonly name: string;
}

/**
 * An extension that keeps data of other components across restarts offers this (`storage: file_storage`,
 * docs/spec/core.md#persistent-queue and docs/spec/core.md#file-storage). Every owner has keys of its own.
 */
export interface Storage {
  /**
   * Opens the data of `owner`, empty at first. Rejects while another client of the same owner is open, and when the
   * data can't be read. A client that is still open when the extension shuts down is closed by it.
   */
  open(owner: StorageOwner): Promise<StorageClient>;
}

/** The bytes of a value, or several pieces that follow each other, so that nobody has to copy them together. */
export type StorageValue = Uint8Array | readonly Uint8Array[];

/** One step of a batch. */
export type StorageOperation =
  | { readonly kind: 'get'; readonly key: string }
  /** `value` must not change until the batch has settled. */
  | { readonly kind: 'set'; readonly key: string; readonly value: StorageValue }
  | { readonly kind: 'delete'; readonly key: string };

/**
 * Keys and values of one owner. Calls take effect in the order in which they were made, whether the caller waits for
 * each or not.
 *
 * Once `set`, `delete` or `batch` has resolved, its effect is there after any end of the process, a kill included;
 * whether it outlives the machine's power is an option of the extension (`fsync`). After a crash each batch is there
 * whole or not at all. A call that rejects has changed nothing. A failure is a `StorageError`.
 */
export interface StorageClient {
  /**
   * Values that were there may be missing: damage was found when the data was opened, and its keys need not be known.
   * Undefined counts as false.
   */
  readonly hasDamage?: boolean;
  /**
   * The value of `key`, which the caller owns; undefined when there is none. Rejects as `damaged` when it was there and
   * can't be read any more: to be deleted then.
   */
  get(key: string): Promise<Uint8Array | undefined>;
  /** Writes `value`, whatever the key had before. `value` must not change until the promise has settled. */
  set(key: string, value: StorageValue): Promise<void>;
  /** Removes `key`; nothing happens when it is not there. */
  delete(key: string): Promise<void>;
  /**
   * Applies all operations in their order, or none. Resolves with one entry for each: the value that a `get` found at
   * its place in the order, undefined for all others.
   */
  batch(operations: readonly StorageOperation[]): Promise<readonly (Uint8Array | undefined)[]>;
  /** All keys, in no particular order. */
  keys(): Promise<readonly string[]>;
  /** Waits for the calls under way. Every later call rejects as `closed`, except `close`, which may be called again. */
  close(): Promise<void>;
}

/**
 * Why a storage call failed: the client is closed, there is no room, the value is damaged, or the medium can't be read
 * or written.
 */
export type StorageFailure = 'closed' | 'full' | 'damaged' | 'io';

export class StorageError extends Error {
  readonly failure: StorageFailure;

  constructor(failure: StorageFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StorageError';
    this.failure = failure;
  }
}

/**
 * Opens the data of the component that `context` belongs to, in the storage extension `storage`. Rejects in the
 * Collector's words.
 */
export async function openStorage(
  storage: string,
  host: Host,
  { kind, id }: Pick<ComponentContext, 'kind' | 'id'>,
  name: string,
): Promise<StorageClient> {
  return host.capability('storage', storage).open({ kind, id, name });
}

export function piecesOf(value: StorageValue): readonly Uint8Array[] {
  return value instanceof Uint8Array ? [value] : value;
}

/** The bytes of a value. */
export function lengthOf(value: StorageValue): number {
  return piecesOf(value).reduce((sum, { length }) => sum + length, 0);
}
