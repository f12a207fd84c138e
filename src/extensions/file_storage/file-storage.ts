import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { every } from '../../component/clock.js';
import type { ComponentContext, Providing } from '../../component/define.js';
import { StorageError, type Storage, type StorageClient, type StorageOwner } from '../../component/storage.js';
import { temporaryPrefix } from './compaction.js';
import type { Config } from './config.js';
import { Directory } from './directory.js';
import { nodeDisk, type Disk } from './disk.js';
import { folderName } from './folder-name.js';
import { CountedClient } from './counted-client.js';
import { Store } from './store.js';
import { metrics } from './telemetry.js';

const mib = 1 << 20;
/** Keys that a line of the log names at most. */
const mostNamed = 20;

export function createFileStorage(
  config: Config,
  context: ComponentContext,
  disk: Disk = nodeDisk,
): Providing<'storage'> {
  const storage = new FileStorage(config, context, disk);
  return {
    start: () => storage.start(),
    shutdown: () => storage.shutdown(),
    offers: { storage },
  };
}

class FileStorage implements Storage {
  readonly #config: Config;
  readonly #context: ComponentContext;
  readonly #disk: Disk;
  #directory: Directory | undefined;
  readonly #clients: Set<StorageClient> = new Set();

  constructor(config: Config, context: ComponentContext, disk: Disk) {
    this.#config = config;
    this.#context = context;
    this.#disk = disk;
  }

  start(): void {
    const { directory, create_directory: creates, directory_permissions: permissions, compaction } = this.#config;
    const compacts = compaction.on_start || compaction.on_rebound;
    for (const folder of compacts ? [directory, compaction.directory] : [directory])
      if (creates) fs.mkdirSync(folder, { recursive: true, mode: parseInt(permissions, 8) });
    this.#directory = Directory.at(fs.realpathSync(directory), this.#context.succession);
    if (compaction.cleanup_on_start && fs.existsSync(compaction.directory))
      for (const entry of fs.readdirSync(compaction.directory, { withFileTypes: true }))
        if (entry.isFile() && entry.name.startsWith(temporaryPrefix))
          fs.rmSync(path.join(compaction.directory, entry.name), { force: true });
  }

  async open(owner: StorageOwner): Promise<StorageClient> {
    const directory = this.#directory;
    if (!directory) throw new StorageError('closed', 'the storage extension does not run');
    const { clock, id } = this.#context;
    const name = folderName(owner);
    try {
      const own = `process ${process.pid} on ${os.hostname()} (extension ${JSON.stringify(id)})`;
      await directory.enter(name, own, this.#config.timeout, clock);
    } catch (error) {
      throw new StorageError('io', (error as Error).message, { cause: error });
    }
    try {
      const store = await this.#store(path.join(directory.path, name), name);
      const stops = [...this.#observe(store, name), this.#whenRebounding(store)];
      const client = new CountedClient(store, {
        refused: (reason) => this.#context.meter.counter(metrics.refused, { extension: id, data: name, reason }).add(1),
        closed: async () => {
          this.#clients.delete(client);
          for (const stop of stops) stop();
          await directory.leave(name);
        },
      });
      this.#clients.add(client);
      return client;
    } catch (error) {
      await directory.leave(name);
      if (error instanceof StorageError) throw error;
      throw new StorageError('io', (error as Error).message, { cause: error });
    }
  }

  async shutdown(): Promise<void> {
    await Promise.all([...this.#clients].map((client) => client.close()));
  }

  async #store(folder: string, name: string): Promise<Store> {
    const { fsync, max_size: maxBytes, recreate, compaction } = this.#config;
    const { logger, meter, id } = this.#context;
    const damages = meter.counter(metrics.damaged, { extension: id, data: name });
    damages.add(0);
    const compacts = compaction.on_start || compaction.on_rebound;
    const open = async (afterDamage: boolean): Promise<Store> => {
      makeFolder(folder);
      return Store.open({
        ...{ folder, disk: this.#disk, fsync, maxBytes, afterDamage },
        compaction: {
          folder: compacts ? fs.realpathSync(compaction.directory) : folder,
          maxTransaction: compaction.max_transaction_size,
        },
        damaged: ({ file, what, keys }) => {
          damages.add(1);
          logger.error('A file of the storage is damaged; what could be read of it is used', {
            ...{ file, error: what },
            ...(keys.length > 0 && { lost_records: keys.length, keys: keys.slice(0, mostNamed) }),
          });
        },
        setAside: (file) => logger.warn('A damaged file of the storage was set aside', { file }),
        failed: (what, error) => logger.warn('The storage goes on with a fault', { folder, fault: what, error }),
      });
    };
    let store: Store;
    try {
      store = await open(false);
    } catch (error) {
      if (!recreate) throw unreadable(folder, error);
      const aside = freeName(`${folder}.backup`);
      fs.renameSync(folder, aside);
      logger.error('Data that could not be read was set aside, and the component starts without it', { error, aside });
      damages.add(1);
      store = await open(true);
    }
    if (compaction.on_start) await store.compact();
    return store;
  }

  #observe(store: Store, data: string): (() => void)[] {
    const { meter, id } = this.#context;
    const labels = { extension: id, data };
    return [
      meter.observe(metrics.files, labels, () => store.fileBytes),
      meter.observe(metrics.values, labels, () => store.valueBytes),
      meter.observe(metrics.keys, labels, () => store.count),
    ];
  }

  /** Compacts a store once it has been large and become small. */
  #whenRebounding(store: Store): () => void {
    const { compaction } = this.#config;
    if (!compaction.on_rebound) return () => {};
    const { clock, logger } = this.#context;
    let wasLarge = false;
    return every(clock, compaction.check_interval, () => {
      wasLarge ||= store.fileBytes >= compaction.rebound_needed_threshold_mib * mib;
      if (!wasLarge || store.valueBytes >= compaction.rebound_trigger_threshold_mib * mib) return;
      wasLarge = false;
      store.compact().catch((error: unknown) => logger.warn('The storage could not be compacted', { error }));
    });
  }
}

/** Makes the folder of an owner. Throws when something else lies there, such as a database of the Collector. */
function makeFolder(folder: string): void {
  const there = fs.lstatSync(folder, { throwIfNoEntry: false });
  if (there && !there.isDirectory()) throw new Error('it is no folder; the Collector keeps a file there');
  if (!there) fs.mkdirSync(folder, { mode: 0o700 });
}

function unreadable(folder: string, error: unknown): Error {
  const advice = 'move it away, or set `recreate: true` to have it set aside';
  return new Error(`can't open ${folder}: ${(error as Error).message}: ${advice}`, { cause: error });
}

function freeName(wanted: string): string {
  for (let number = 1; ; number++) {
    const name = number === 1 ? wanted : `${wanted}.${number}`;
    if (!fs.existsSync(name)) return name;
  }
}
