import { expect } from 'vitest';
import {
  StorageError,
  type Storage,
  type StorageClient,
  type StorageFailure,
  type StorageOwner,
} from '../../src/component/storage.js';

/** A storage extension under test. Each check gets one of its own, without data. */
export interface StorageKit {
  readonly storage: Storage;
  /** Ends the process that has the data open, as a kill does, and resolves with a storage over what it left. */
  kill(): Promise<Storage>;
  /** A storage in which the values of one owner have room for about `bytes`, which are more than 100,000. */
  limited(bytes: number): Promise<Storage>;
  close(): Promise<void>;
}

const owner: StorageOwner = { kind: 'exporter', id: 'otlp/eu', name: 'traces' };
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (value: Uint8Array | undefined): string | undefined =>
  value ? new TextDecoder().decode(value) : undefined;

async function failsAs(failure: StorageFailure, call: Promise<unknown>): Promise<void> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StorageError);
  expect((error as StorageError).failure).toBe(failure);
}

/**
 * The promises of component/storage.ts, check by check: every storage extension runs all of them
 * (`test.each(storageContract)`).
 */
export const storageContract: readonly { readonly what: string; check(kit: StorageKit): Promise<void> }[] = [
  {
    what: 'a value is there until it is overwritten or deleted, and nothing before',
    async check({ storage }) {
      const client = await storage.open(owner);
      expect(await client.get('a')).toBeUndefined();
      await client.delete('a');
      await client.set('a', bytes('1'));
      await client.set('b', bytes('2'));
      expect(text(await client.get('a'))).toBe('1');
      await client.set('a', bytes('longer than before'));
      expect(text(await client.get('a'))).toBe('longer than before');
      await client.delete('a');
      expect(await client.get('a')).toBeUndefined();
      expect(text(await client.get('b'))).toBe('2');
    },
  },
  {
    what: 'keys are any text, values any bytes, and an empty value is one',
    async check({ storage }) {
      const client = await storage.open(owner);
      const keys = ['', '/', '..', 'a/b', 'a\0b', 'é', 'e\u0301', 'トレース', ' a', 'A', 'a', 'k'.repeat(2000)];
      for (const key of keys) await client.set(key, bytes(`value of ${key}`));
      for (const key of keys) expect(text(await client.get(key))).toBe(`value of ${key}`);
      const all = Uint8Array.from({ length: 256 }, (_, i) => i);
      await client.set('all', all);
      expect(await client.get('all')).toEqual(all);
      await client.set('empty', new Uint8Array());
      expect((await client.get('empty'))?.length).toBe(0);
    },
  },
  {
    what: 'a value in pieces is one value',
    async check({ storage }) {
      const client = await storage.open(owner);
      await client.set('a', [bytes('on'), new Uint8Array(), bytes('e')]);
      await client.set('none', []);
      expect(text(await client.get('a'))).toBe('one');
      expect((await client.get('none'))?.length).toBe(0);
    },
  },
  {
    what: 'all keys are known, those of empty values too, and none that was deleted',
    async check({ storage }) {
      const client = await storage.open(owner);
      expect(await client.keys()).toEqual([]);
      await client.set('a', bytes('1'));
      await client.set('b', new Uint8Array());
      await client.set('c', bytes('3'));
      await client.delete('a');
      const known = client.keys();
      await client.set('d', bytes('4'));
      expect([...(await known)].sort()).toEqual(['b', 'c']);
    },
  },
  {
    what: 'each owner has keys of its own, however alike the names',
    async check({ storage }) {
      const owners: StorageOwner[] = [
        { kind: 'exporter', id: 'otlp', name: 'traces' },
        { kind: 'receiver', id: 'otlp', name: 'traces' },
        { kind: 'exporter', id: 'otlp', name: '' },
        { kind: 'exporter', id: 'otlp/traces', name: '' },
        { kind: 'exporter', id: 'otlp_traces', name: '' },
        { kind: 'exporter', id: 'otlp/é', name: 'traces' },
        { kind: 'exporter', id: 'otlp/~00e9', name: 'traces' },
        { kind: 'exporter', id: 'otlp/..', name: '..' },
      ];
      const clients = await Promise.all(owners.map((each) => storage.open(each)));
      for (const [i, client] of clients.entries()) await client.set('key', bytes(String(i)));
      for (const [i, client] of clients.entries()) expect(text(await client.get('key'))).toBe(String(i));
      await clients[0]?.delete('key');
      expect(text(await clients[1]?.get('key'))).toBe('1');
    },
  },
  {
    what: 'a batch applies its operations in their order, and each get finds what stands before it',
    async check({ storage }) {
      const client = await storage.open(owner);
      const found = await client.batch([
        { kind: 'get', key: 'a' },
        { kind: 'set', key: 'a', value: bytes('1') },
        { kind: 'get', key: 'a' },
        { kind: 'delete', key: 'a' },
        { kind: 'get', key: 'a' },
        { kind: 'set', key: 'a', value: bytes('2') },
        { kind: 'set', key: 'b', value: bytes('3') },
      ]);
      expect(found.map(text)).toEqual([undefined, undefined, '1', undefined, undefined, undefined, undefined]);
      expect(text(await client.get('a'))).toBe('2');
      expect(text(await client.get('b'))).toBe('3');
      expect(await client.batch([])).toEqual([]);
    },
  },
  {
    what: 'a batch for which there is no room changes nothing, and what frees room goes on working',
    async check({ limited }) {
      const client = await (await limited(400_000)).open(owner);
      await client.set('a', bytes('before'));
      await client.set('large', new Uint8Array(200_000));
      const batch = client.batch([
        { kind: 'set', key: 'a', value: bytes('after') },
        { kind: 'delete', key: 'none' },
        { kind: 'set', key: 'larger', value: new Uint8Array(1_000_000) },
      ]);
      await failsAs('full', batch);
      expect(text(await client.get('a'))).toBe('before');
      expect(await client.get('larger')).toBeUndefined();
      await failsAs('full', client.set('larger', new Uint8Array(1_000_000)));
      await client.delete('large');
      await client.set('a', bytes('after'));
      expect(text(await client.get('a'))).toBe('after');
    },
  },
  {
    what: 'calls that are not awaited take effect in the order in which they were made',
    async check({ storage }) {
      const client = await storage.open(owner);
      const calls: Promise<unknown>[] = [];
      const seen: Promise<string | undefined>[] = [];
      for (let i = 0; i < 200; i++) {
        calls.push(client.set('last', bytes(`set ${i}`)));
        if (i % 3 === 0) calls.push(client.delete('last'));
        if (i % 5 === 0) calls.push(client.batch([{ kind: 'set', key: 'last', value: bytes(`batch ${i}`) }]));
        seen.push(client.get('last').then(text));
      }
      await Promise.all(calls);
      const expected = Array.from({ length: 200 }, (_, i) =>
        i % 5 === 0 ? `batch ${i}` : i % 3 === 0 ? undefined : `set ${i}`,
      );
      expect(await Promise.all(seen)).toEqual(expected);
    },
  },
  {
    what: 'clients at work at the same time do not disturb each other',
    async check({ storage }) {
      const clients = await Promise.all(['a', 'b', 'c', 'd'].map((name) => storage.open({ ...owner, name })));
      const work = async (client: StorageClient, of: number): Promise<void> => {
        for (let i = 0; i < 50; i++) {
          await client.batch([
            { kind: 'set', key: `item ${i}`, value: bytes(`${of} ${i}`) },
            { kind: 'set', key: 'head', value: bytes(String(i)) },
          ]);
        }
      };
      await Promise.all(clients.map(work));
      for (const [of, client] of clients.entries()) {
        expect(text(await client.get('head'))).toBe('49');
        expect(text(await client.get('item 17'))).toBe(`${of} 17`);
      }
    },
  },
  {
    what: 'a value of 8 MiB comes back as it was',
    async check({ storage }) {
      const client = await storage.open(owner);
      const large = new Uint8Array(8 << 20).map((_, i) => (i * 31) >>> (i % 7));
      await client.batch([
        { kind: 'set', key: 'large', value: large },
        { kind: 'set', key: 'small', value: bytes('1') },
      ]);
      const found = await client.get('large');
      expect(found !== undefined && Buffer.compare(found, large)).toBe(0);
      expect(text(await client.get('small'))).toBe('1');
    },
  },
  {
    what: 'bytes that the caller changes afterwards change nothing that is stored',
    async check({ storage }) {
      const client = await storage.open(owner);
      const value = bytes('abc');
      await client.set('a', value);
      value.fill(0);
      const found = await client.get('a');
      expect(text(found)).toBe('abc');
      found?.fill(0);
      expect(text(await client.get('a'))).toBe('abc');
    },
  },
  {
    what: 'a closed client refuses, and what it had under way is done',
    async check({ storage }) {
      const client = await storage.open(owner);
      const under = client.set('a', bytes('1'));
      await client.close();
      await under;
      await client.close();
      await failsAs('closed', client.get('a'));
      await failsAs('closed', client.set('a', bytes('2')));
      await failsAs('closed', client.delete('a'));
      await failsAs('closed', client.batch([]));
      const again = await storage.open(owner);
      expect(text(await again.get('a'))).toBe('1');
    },
  },
  {
    what: 'an owner has one client at a time',
    async check({ storage }) {
      const client = await storage.open(owner);
      await expect(storage.open(owner)).rejects.toBeInstanceOf(StorageError);
      await client.set('a', bytes('1'));
      await client.close();
      await (await storage.open(owner)).close();
    },
  },
  {
    what: 'after a kill everything is there that was acknowledged, and each batch whole or not at all',
    async check({ storage, kill }) {
      const client = await storage.open(owner);
      await client.set('kept', bytes('1'));
      await client.set('gone', bytes('1'));
      await client.delete('gone');
      const acknowledged: number[] = [];
      const pair = (i: number): Promise<void> =>
        client
          .batch([
            { kind: 'set', key: `${i} first`, value: bytes(String(i)) },
            { kind: 'set', key: `${i} second`, value: bytes(String(i)) },
          ])
          .then(
            () => void acknowledged.push(i),
            () => {},
          );
      const pairs = Array.from({ length: 50 }, (_, i) => pair(i));
      await pairs[10];
      const known = [...acknowledged];
      const after = await (await kill()).open(owner);
      expect(text(await after.get('kept'))).toBe('1');
      expect(await after.get('gone')).toBeUndefined();
      for (const [i] of pairs.entries()) {
        const first = text(await after.get(`${i} first`));
        expect(text(await after.get(`${i} second`))).toBe(first);
        if (known.includes(i)) expect(first).toBe(String(i));
      }
    },
  },
];
