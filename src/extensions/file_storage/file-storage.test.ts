import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { heldWorld, type HeldWorld } from '../../../test/support/held-world.js';
import { hostWith } from '../../../test/support/host.js';
import { storageContract, type StorageKit } from '../../../test/support/storage-contract.js';
import type { Storage, StorageClient, StorageOwner } from '../../component/storage.js';
import { systemClock } from '../../component/clock.js';
import type { Disk } from './disk.js';
import { createFileStorage } from './file-storage.js';
import { definition } from './index.js';
import { config as schema } from './config.js';

const owner: StorageOwner = { kind: 'exporter', id: 'otlp', name: 'traces' };
const folderOfOwner = 'exporter_otlp__traces';
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (value: Uint8Array | undefined): string | undefined =>
  value ? new TextDecoder().decode(value) : undefined;

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

function newDirectory(): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-storage-'));
  stops.push(() => fs.rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** An extension as another process would have it: it shares nothing with others but the files. */
async function started(
  options: object,
  world: HeldWorld = heldWorld(),
  disk?: Disk,
): Promise<{ storage: Storage; world: HeldWorld; stop(): Promise<void> }> {
  const context = { ...world.context, kind: 'extension' as const, id: 'file_storage', clock: systemClock };
  const extension = createFileStorage(schema.parse(options), context, disk);
  await extension.start?.(hostWith({}));
  const stop = async (): Promise<void> => {
    await extension.shutdown?.(new AbortController().signal);
  };
  stops.push(stop);
  return { storage: extension.offers.storage, world, stop };
}

/** The files of a directory as they are now, without the sockets of its owner. */
function copyOf(directory: string): string {
  const copy = newDirectory();
  fs.cpSync(directory, copy, {
    recursive: true,
    filter: (from) => !fs.lstatSync(from, { throwIfNoEntry: false })?.isSocket(),
  });
  return copy;
}

async function kitIn(directory: string, options: object): Promise<StorageKit> {
  const { storage, stop } = await started({ directory, ...options });
  return {
    storage,
    kill: async () => (await started({ directory: copyOf(directory), ...options })).storage,
    limited: async (size) => (await started({ directory: newDirectory(), ...options, max_size: size })).storage,
    close: stop,
  };
}

describe.each([{ fsync: false }, { fsync: true }])('with %o', (options) => {
  test.each(storageContract)('$what', async ({ check }) => {
    await check(await kitIn(newDirectory(), options));
  });
});

function segmentsOf(directory: string, folder = folderOfOwner): string[] {
  return fs
    .readdirSync(path.join(directory, folder))
    .filter((name) => name.endsWith('.seg'))
    .sort()
    .map((name) => path.join(directory, folder, name));
}

const sizeOf = (files: readonly string[]): number => files.reduce((sum, file) => sum + fs.statSync(file).size, 0);

const filled = (size: number, byte: number): Uint8Array => new Uint8Array(size).fill(byte);

/** Writes `count` values of `size` bytes, named by their number. */
async function fill(client: StorageClient, count: number, size: number): Promise<void> {
  for (let i = 0; i < count; i++) await client.set(String(i), filled(size, i));
}

test('files shrink while their content is given up, and what is left stays readable', async () => {
  const directory = newDirectory();
  const { storage } = await started({ directory });
  const client = await storage.open(owner);
  await fill(client, 50, 1 << 20);
  const full = sizeOf(segmentsOf(directory));
  expect(full).toBeGreaterThan(50 << 20);
  for (let i = 0; i < 40; i++) await client.delete(String(i));
  expect(sizeOf(segmentsOf(directory))).toBeLessThan(28 << 20);
  for (let i = 40; i < 49; i++) await client.delete(String(i));
  expect(await client.get('49')).toEqual(filled(1 << 20, 49));
  await client.delete('49');
  expect(sizeOf(segmentsOf(directory))).toBeLessThan(17 << 20);
  await client.close();
  expect(segmentsOf(directory)).toEqual([]);
});

test('what was given up does not come back, in whichever order a key was set and deleted', async () => {
  const directory = newDirectory();
  const first = await started({ directory });
  const client = await first.storage.open(owner);
  await client.set('a', bytes('old'));
  await fill(client, 17, 1 << 20);
  await client.set('a', bytes('new'));
  await client.delete('a');
  await client.batch([
    { kind: 'delete', key: '1' },
    { kind: 'delete', key: '2' },
    { kind: 'set', key: '3', value: bytes('3') },
  ]);
  await first.stop();
  const again = await (await started({ directory })).storage.open(owner);
  expect((await again.keys()).toSorted()).toEqual(
    ['0', '3', ...Array.from({ length: 13 }, (_, i) => String(i + 4))].toSorted(),
  );
  expect(text(await again.get('3'))).toBe('3');
});

test('compaction at the start leaves only what is needed, by way of its own directory', async () => {
  const directory = newDirectory();
  const temporary = newDirectory();
  fs.writeFileSync(path.join(temporary, 'tempdb-left'), 'x');
  const first = await started({ directory });
  const client = await first.storage.open(owner);
  await fill(client, 20, 200_000);
  for (let i = 0; i < 20; i += 2) await client.delete(String(i));
  await first.stop();
  const before = sizeOf(segmentsOf(directory));
  const compaction = { on_start: true, directory: temporary, cleanup_on_start: true, max_transaction_size: 300_000 };
  const again = await (await started({ directory, compaction })).storage.open(owner);
  expect(sizeOf(segmentsOf(directory))).toBeLessThan(before * 0.55);
  expect(fs.readdirSync(temporary)).toEqual([]);
  for (let i = 0; i < 20; i++) expect(await again.get(String(i))).toEqual(i % 2 === 0 ? undefined : filled(200_000, i));
});

test('compaction follows once the data was large and has become small', async () => {
  const directory = newDirectory();
  const world = heldWorld();
  const context = { ...world.context, kind: 'extension' as const, id: 'file_storage' };
  const compaction = {
    on_rebound: true,
    directory,
    rebound_needed_threshold_mib: 4,
    rebound_trigger_threshold_mib: 1,
    check_interval: '1s',
  };
  const extension = createFileStorage(schema.parse({ directory, compaction }), context);
  await extension.start?.(hostWith({}));
  stops.push(() => extension.shutdown?.(new AbortController().signal));
  const client = await extension.offers.storage.open(owner);
  await fill(client, 10, 500_000);
  await world.clock.pass(1000);
  for (let i = 0; i < 9; i++) await client.delete(String(i));
  expect(sizeOf(segmentsOf(directory))).toBeGreaterThan(4 << 20);
  await world.clock.pass(1000);
  expect(await client.get('9')).toEqual(filled(500_000, 9));
  expect(sizeOf(segmentsOf(directory))).toBeLessThan(600_000);
});

test('a second process learns which process owns the directory, and gets it when that has ended', async () => {
  const directory = newDirectory();
  const first = await started({ directory });
  const client = await first.storage.open(owner);
  const second = await started({ directory, timeout: '-1ns' });
  await expect(second.storage.open(owner)).rejects.toThrow(
    new RegExp(`^timeout: the directory .* is in use by process ${process.pid} on .* \\(extension "file_storage"\\)`),
  );
  await client.set('a', bytes('1'));
  await client.close();
  const other = await second.storage.open(owner);
  expect(text(await other.get('a'))).toBe('1');
});

test('a process that stood still while it asked who owns the directory does not take it', async () => {
  const directory = newDirectory();
  const client = await (await started({ directory })).storage.open(owner);
  const second = await started({ directory, timeout: '-1ns' });
  const opening = second.storage.open(owner).catch((error: unknown) => error);
  // Its question is put before the event loop goes on, which is longer than it waits for the answer.
  for (let i = 0; i < 100; i++) await new Promise((resolve) => process.nextTick(resolve));
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1200);
  expect(String(await opening)).toContain(`${directory} is in use by`);
  await client.set('a', bytes('1'));
});

test('a directory with a long path works too', async () => {
  const directory = path.join(newDirectory(), 'd'.repeat(100), 'e'.repeat(100));
  const { storage } = await started({ directory, create_directory: true });
  const client = await storage.open(owner);
  await client.set('a', bytes('1'));
  expect(text(await client.get('a'))).toBe('1');
});

test('created directories have the permissions that are configured, and files are private', async () => {
  const directory = path.join(newDirectory(), 'a', 'b');
  const { storage } = await started({ directory, create_directory: true, directory_permissions: '0700' });
  const client = await storage.open(owner);
  await client.set('a', bytes('1'));
  expect(fs.statSync(directory).mode & 0o777).toBe(0o700);
  expect(segmentsOf(directory).map((file) => fs.statSync(file).mode & 0o777)).toEqual([0o600]);
});

test('a database of the Collector in the place of the data is a fault, or is set aside with `recreate`', async () => {
  const directory = newDirectory();
  fs.writeFileSync(path.join(directory, folderOfOwner), 'bolt');
  const { storage } = await started({ directory });
  await expect(storage.open(owner)).rejects.toThrow(/recreate: true/);
  const recreating = await started({ directory, recreate: true });
  const client = await recreating.storage.open(owner);
  await client.set('a', bytes('1'));
  expect(fs.readFileSync(path.join(directory, `${folderOfOwner}.backup`), 'utf8')).toBe('bolt');
});

test.each([
  [{ directory_permissions: '0999' }, 'directory_permissions value must be a valid octal representation'],
  [{ directory_permissions: '7777' }, 'directory_permissions contain invalid bits for file access'],
  [{ max_size: -1 }, 'max size cannot be less than 0'],
  [{ compaction: { max_transaction_size: -1 } }, 'max transaction size for compaction cannot be less than 0'],
  [
    { compaction: { on_rebound: true, check_interval: '0s' } },
    'compaction check interval must be positive when rebound compaction is set',
  ],
])('%o is refused', (options, words) => {
  expect(() => definition.config.parse(options)).toThrow(words);
});
