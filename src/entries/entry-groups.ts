import type { Batch } from '../otlp/batch.js';
import { exactAttributesFor } from '../otlp/build/builder.js';
import { LogBuilder } from '../otlp/build/logs.js';
import type { LineRecords } from '../otlp/lines/line-records.js';
import { merge } from '../otlp/parts/merge.js';
import type { EntryValue } from './entry-value.js';
import type { LogEntry } from './entry.js';
import { writeEntry } from './write-entry.js';

/** The records of one resource and scope. */
interface Group {
  readonly builder: LogBuilder;
  /** Of the last entry: entries that share the object need no comparison. */
  resource: ReadonlyMap<string, EntryValue>;
  readonly scope: string;
}

/** Builders that are kept apart: each takes some kilobytes. The records of further groups lie in the last one. */
const mostBuilders = 64;

/**
 * Collects entries into a batch, grouped by resource and scope; a resource with several scopes stands once for each.
 * Used again for the next batch.
 *
 * @example
 * chain.process(entry, sink); // const sink = (done: LogEntry) => groups.add(done);
 * if (groups.size > limit) await receiverEntry.submit(groups.finish());
 */
export class EntryGroups {
  readonly #builders: LogBuilder[] = [new LogBuilder(true)];
  /** Builders that have records. */
  #used = 0;
  #last: Group | undefined = undefined;
  /** By scope and encoded resource. */
  readonly #groups = new Map<string, Group>();
  #itemCount = 0;

  get itemCount(): number {
    return this.#itemCount;
  }

  /** Bytes of the batch so far, about. */
  get size(): number {
    let size = 0;
    for (let i = 0; i < this.#used; i++) size += this.#builders[i]?.size ?? 0;
    return size;
  }

  add(entry: LogEntry): void {
    this.#itemCount++;
    writeEntry(this.#builderFor(entry.resource, entry.scopeName), entry);
  }

  /** Adds the records of the last call of `records`, which have no scope. */
  addRecords(resource: ReadonlyMap<string, EntryValue>, records: LineRecords): void {
    this.#itemCount += records.records;
    records.writeTo(this.#builderFor(resource, ''));
  }

  /** The batch, and an empty state. Its owner is the caller. */
  finish(): Batch {
    const [first = new LogBuilder(), ...others] = this.#builders.slice(0, this.#used);
    this.#used = this.#itemCount = 0;
    this.#last = undefined;
    this.#groups.clear();
    if (others.length === 0) return first.finish();
    const parts = [first, ...others].map((builder) => builder.finish());
    const batch = merge(parts);
    for (const part of parts) part.release();
    return batch;
  }

  #builderFor(resource: ReadonlyMap<string, EntryValue>, scopeName: string): LogBuilder {
    const last = this.#last;
    return last !== undefined && last.resource === resource && last.scope === scopeName
      ? last.builder
      : this.#findBuilder(resource, scopeName);
  }

  #findBuilder(resource: ReadonlyMap<string, EntryValue>, scopeName: string): LogBuilder {
    const encoded = exactAttributesFor('Resource', resource);
    const key = `${Buffer.from(encoded.buffer, encoded.byteOffset, encoded.length).toString('latin1')} ${scopeName}`;
    const known = this.#groups.get(key);
    if (known !== undefined) {
      known.resource = resource;
      this.#last = known;
      return known.builder;
    }
    const hasOwn = this.#used < mostBuilders;
    if (hasOwn) this.#used++;
    const builder = (this.#builders[this.#used - 1] ??= new LogBuilder(true));
    builder.resource().encoded(encoded, 0, encoded.length).scope(scopeName);
    const group = { builder, resource, scope: scopeName };
    // In the last builder another resource may follow at any time: nothing is found there again.
    if (this.#used < mostBuilders) this.#groups.set(key, group);
    this.#last = group;
    return builder;
  }
}
