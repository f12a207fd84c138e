import type { StorageClient } from '../component/storage.js';
import { beginsWith } from './fingerprint.js';
import { readableValue } from '../component/readable-value.js';
import { decodeFile, encodeFile } from './stored-file.js';
import type { TrackedFile } from './tracked-file.js';

const nextKey = 'archive_next';
const keyOf = (place: number): string => `archive_${place}`;

/** Stands between the files of one place. */
const separator = '\n';

/**
 * Files that were forgotten, on disk: a ring of as many places as `polls_to_archive` says, each for the files of one
 * poll. A file that comes back is looked for there before it is taken for a new one
 * (docs/spec/agent.md#file-log-config).
 */
export class Archive {
  readonly #client: StorageClient;
  readonly #places: number;
  /** Undefined: not read yet. */
  #next: number | undefined;

  constructor(client: StorageClient, places: number) {
    this.#client = client;
    this.#places = places;
  }

  async put(files: readonly TrackedFile[]): Promise<void> {
    const place = await this.#nextPlace();
    this.#next = (place + 1) % this.#places;
    await this.#client.batch([
      { kind: 'set', key: keyOf(place), value: encodeFiles(files) },
      { kind: 'set', key: nextKey, value: Buffer.from(String(this.#next)) },
    ]);
  }

  /** Takes the file out that begins with the first bytes `head`, the newest first. */
  async take(head: Uint8Array): Promise<TrackedFile | undefined> {
    const next = await this.#nextPlace();
    for (let i = 1; i <= this.#places; i++) {
      const key = keyOf((next - i + this.#places) % this.#places);
      const files = decodeFiles((await readableValue(this.#client, key)) ?? new Uint8Array(0));
      const file = files.find(({ fingerprint }) => beginsWith(head, fingerprint));
      if (!file) continue;
      await this.#client.set(key, encodeFiles(files.filter((each) => each !== file)));
      return file;
    }
    return undefined;
  }

  async #nextPlace(): Promise<number> {
    if (this.#next !== undefined) return this.#next;
    const stored = Number(Buffer.from((await readableValue(this.#client, nextKey)) ?? '0').toString());
    this.#next = Number.isSafeInteger(stored) && stored >= 0 ? stored % this.#places : 0;
    return this.#next;
  }
}

function encodeFiles(files: readonly TrackedFile[]): Buffer {
  return Buffer.from(files.map((file) => encodeFile(file).toString()).join(separator));
}

function decodeFiles(bytes: Uint8Array): readonly TrackedFile[] {
  const texts = Buffer.from(bytes).toString().split(separator);
  return texts.map((text) => decodeFile(Buffer.from(text))).filter((file) => file !== undefined);
}
