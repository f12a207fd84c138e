import { expect, test } from 'vitest';
import { hostWith } from '../../test/support/host.js';
import { heldWorld } from '../../test/support/held-world.js';
import { storageContract, type StorageKit } from '../../test/support/storage-contract.js';
import { MemoryStorage } from '../../test/support/storage.js';
import { lengthOf, openStorage, type Storage, type StorageClient } from './storage.js';

function kitOf(wrap: (storage: MemoryStorage) => Storage = (storage) => storage): StorageKit {
  const memory = new MemoryStorage();
  return {
    storage: wrap(memory),
    kill: () => Promise.resolve(wrap(memory.afterKill())),
    limited: (bytes) => Promise.resolve(wrap(new MemoryStorage(bytes))),
    close: () => Promise.resolve(),
  };
}

test.each(storageContract)('$what', async ({ check }) => {
  await check(kitOf());
});

/** Storage that breaks one promise of its clients. */
function broken(change: (client: StorageClient) => Partial<StorageClient>): (storage: MemoryStorage) => Storage {
  return (storage) => ({
    async open(owner) {
      const client = await storage.open(owner);
      const whole: StorageClient = {
        get: (key) => client.get(key),
        set: (key, value) => client.set(key, value),
        delete: (key) => client.delete(key),
        batch: (operations) => client.batch(operations),
        keys: () => client.keys(),
        close: () => client.close(),
      };
      return { ...whole, ...change(client) };
    },
  });
}

test.each<[string, (storage: MemoryStorage) => Storage]>([
  [
    'whose keys are shared by all owners',
    (storage) => ({ open: () => storage.open({ kind: 'exporter', id: '', name: '' }) }),
  ],
  [
    'that takes an empty value for none',
    broken((client) => ({
      set: (key, value) => (lengthOf(value) === 0 ? client.delete(key) : client.set(key, value)),
    })),
  ],
  [
    'whose keys have no case',
    broken((client) => ({
      get: (key) => client.get(key.toLowerCase()),
      set: (key, value) => client.set(key.toLowerCase(), value),
    })),
  ],
  [
    'that applies a batch one by one',
    broken((client) => ({
      async batch(operations) {
        const found: (Uint8Array | undefined)[] = [];
        for (const operation of operations) found.push((await client.batch([operation]))[0]);
        return found;
      },
    })),
  ],
  [
    'that acknowledges and forgets',
    broken((client) => ({
      set: (key, value) => (lengthOf(value) > 1 << 20 ? Promise.resolve() : client.set(key, value)),
      batch: (operations) => client.batch(operations.filter(({ kind }) => kind !== 'set')),
    })),
  ],
  [
    'that writes later than it was asked',
    broken((client) => ({
      async delete(key) {
        await new Promise((resolve) => setImmediate(resolve));
        await client.delete(key);
      },
    })),
  ],
  ['that can be used when it is closed', broken(() => ({ close: () => Promise.resolve() }))],
])('storage %s does not pass', async (_name, wrap) => {
  const failed = await Promise.all(
    storageContract.map(({ what, check }) =>
      check(kitOf(wrap)).then(
        () => [],
        () => [what],
      ),
    ),
  );
  expect(failed.flat()).not.toEqual([]);
  expect(failed.flat().length).toBeLessThan(storageContract.length);
});

test('a component opens its own data in the extension that its configuration names', async () => {
  const storage = new MemoryStorage();
  const host = hostWith({ file_storage: { offers: { storage } }, other: {} });
  const { context } = heldWorld({ id: 'otlp/eu' });
  const client = await openStorage('file_storage', host, { ...context, kind: 'exporter' }, 'traces');
  await client.set('a', Uint8Array.of(1));
  await client.close();
  const same = await storage.open({ kind: 'exporter', id: 'otlp/eu', name: 'traces' });
  expect(await same.get('a')).toEqual(Uint8Array.of(1));
  await expect(openStorage('nobody', host, context, '')).rejects.toThrow(
    'failed to resolve storage "nobody": no storage client extension found',
  );
  await expect(openStorage('other', host, context, '')).rejects.toThrow(
    'failed to resolve storage "other": requested extension is not a storage extension',
  );
});
