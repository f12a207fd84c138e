import type { EntryValue } from '../../entries/entry-value.js';
import type { LogEntry } from '../../entries/entry.js';
import type { TrackedFile } from '../../files/tracked-file.js';
import { exactAttributesFor } from '../../otlp/build/builder.js';
import type { Config } from './config.js';
import { fileAttributes } from '../../files/file-attributes.js';

/** The attributes that all records of a file have. */
export interface OfFile {
  readonly entries: readonly (readonly [key: string, value: EntryValue])[];
  /** The same as fields of a record. */
  readonly encoded: Uint8Array;
  /** A list of these. */
  readonly variants: readonly Uint8Array[];
}

/** Attributes by file, worked out when the first line of it comes, and again when it was moved. */
export class CommonAttributes {
  readonly #config: Config;
  /** The same for all files. */
  readonly #fixed: ReadonlyMap<string, string>;
  readonly #known: WeakMap<TrackedFile, OfFile> = new WeakMap();

  constructor(config: Config, fixed: ReadonlyMap<string, string>) {
    this.#config = config;
    this.#fixed = fixed;
  }

  of(file: TrackedFile): OfFile {
    const known = this.#known.get(file);
    if (known) return known;
    const all = new Map<string, EntryValue>(this.#fixed);
    for (const [key, value] of fileAttributes(file.path, this.#config)) all.set(key, value);
    for (const [key, value] of file.header ?? []) all.set(key, value);
    const encoded = exactAttributesFor('LogRecord', all);
    const made = { entries: [...all], encoded, variants: [encoded] };
    this.#known.set(file, made);
    return made;
  }

  forget(file: TrackedFile): void {
    this.#known.delete(file);
  }
}

/** Gives an entry the attributes of its file. */
export function setAttributes({ attributes }: LogEntry, { entries }: OfFile): void {
  for (const [key, value] of entries) attributes.set(key, value);
}
