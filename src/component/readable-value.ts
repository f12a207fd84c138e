import { StorageError, type StorageClient } from './storage.js';

export function isDamage(error: unknown): boolean {
  return error instanceof StorageError && error.failure === 'damaged';
}

/** The value of a key in a storage. Undefined also for one that is damaged, which the storage has reported. */
export async function readableValue(client: StorageClient, key: string): Promise<Uint8Array | undefined> {
  try {
    return await client.get(key);
  } catch (error) {
    if (isDamage(error)) return undefined;
    throw error;
  }
}
