import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { decodeKey, decodeRequest } from '../../src/delivery/stored-value.js';
import { nodeDisk } from '../../src/extensions/file_storage/disk.js';
import { Store } from '../../src/extensions/file_storage/store.js';
import type { Signal } from '../../src/otlp/signal.js';

/** The requests that the files of a queue hold, as a process finds them that starts now. The files stay as they are. */
export async function storedRequests(folder: string, signal: Signal): Promise<Uint8Array[]> {
  const copy = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-stored-'));
  fs.cpSync(folder, copy, { recursive: true });
  const store = await Store.open({
    ...{ folder: copy, disk: nodeDisk, fsync: false, maxBytes: 0 },
    compaction: { folder: copy, maxTransaction: 0 },
    // The record that a kill cut off.
    damaged: () => {},
    setAside: () => {},
    failed: (what, error) => {
      throw new Error(what, { cause: error });
    },
  });
  try {
    const requests: Uint8Array[] = [];
    for (const key of await store.keys()) {
      const value = await store.get(key);
      const items = decodeKey(key)?.items ?? 0;
      if (value) requests.push(decodeRequest(value, signal, items).batch.bytes);
    }
    return requests;
  } finally {
    await store.close();
    fs.rmSync(copy, { recursive: true });
  }
}
