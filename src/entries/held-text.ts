import type { Clock } from '../component/clock.js';
import type { Logger } from '../component/telemetry.js';
import { entryWeight } from './entry-weight.js';
import { LogEntry } from './entry.js';
import type { EntryField } from './field.js';
import type { HeldEntries } from './operator.js';

/** Bytes that all sources of an operator may hold; beyond them the oldest are handed on. */
const mostHeld = 64 << 20;

export interface HeldTextOptions {
  /** The field whose texts become one. */
  readonly field: EntryField;
  /** Stands between two texts. */
  readonly between: string;
  /** Texts of one entry, and those of one before an entry matched; 0: any number. */
  readonly maxTexts: number;
  readonly maxUnmatched: number;
  /** Bytes of the text beyond which it is handed on; 0: any number. */
  readonly maxBytes: number;
  readonly maxSources: number;
  /** Milliseconds after which an entry is handed on as it is. */
  readonly patience: number;
}

/** The first entry of a source and the texts since. */
interface HeldEntry {
  readonly entry: LogEntry;
  readonly key: string;
  /** Bytes of the first entry. */
  readonly weight: number;
  text: string;
  bytes: number;
  count: number;
  dueAt: number;
  isMatched: boolean;
  /** For each source whose lines are in it the position of the first. */
  readonly origins: { source: object | undefined; position: number }[];
}

/**
 * Joins the texts of consecutive entries of each source to one entry, which has the other fields of the first. Bounded:
 * by texts, bytes and time of each source, by the number of sources, and by the bytes of all.
 */
export class HeldTexts implements HeldEntries {
  readonly #options: HeldTextOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #emit: (entry: LogEntry) => void;
  /** In the order of their first entries, which is that in which they are due. */
  readonly #held = new Map<string, HeldEntry>();
  readonly #spare: LogEntry[] = [];
  #bytes = 0;

  constructor(
    options: HeldTextOptions,
    place: { readonly clock: Clock; readonly logger: Logger; emit(entry: LogEntry): void },
  ) {
    this.#options = options;
    this.#clock = place.clock;
    this.#logger = place.logger;
    this.#emit = (entry) => place.emit(entry);
  }

  has(key: string): boolean {
    return this.#held.has(key);
  }

  /** Adds the text of an entry to those of its source. `matches`: it is the first or last of one. */
  add(key: string, entry: LogEntry, text: string, matches: boolean): void {
    const { between, maxTexts, maxUnmatched, maxBytes } = this.#options;
    let held = this.#held.get(key);
    if (held === undefined) held = this.#begin(key, entry);
    const before = held.bytes;
    held.count++;
    if (matches) held.isMatched = true;
    held.text = held.text === '' ? text : held.text + between + text;
    held.bytes += Buffer.byteLength(text) + (before > 0 ? Buffer.byteLength(between) : 0);
    this.#bytes += held.bytes - before;
    addOrigin(held, entry);
    const tooMany =
      (maxTexts > 0 && held.count >= maxTexts) || (maxUnmatched > 0 && !held.isMatched && held.count >= maxUnmatched);
    if (tooMany || (maxBytes > 0 && held.bytes > maxBytes)) this.flushKey(key);
    else if (this.#bytes > mostHeld) this.#makeRoom();
  }

  /** Hands on what is held of a source. */
  flushKey(key: string): void {
    const held = this.#held.get(key);
    if (held !== undefined) this.#handOn(held);
  }

  dueAt(): number {
    for (const { dueAt } of this.#held.values()) return dueAt;
    return Infinity;
  }

  flush(now: number): void {
    for (const held of this.#held.values()) {
      if (held.dueAt > now) return;
      this.#handOn(held);
    }
  }

  oldest(source: object | undefined): number | undefined {
    let oldest: number | undefined;
    for (const { origins } of this.#held.values())
      for (const { source: of, position } of origins)
        if (of === source && (oldest === undefined || position < oldest)) oldest = position;
    return oldest;
  }

  #begin(key: string, first: LogEntry): HeldEntry {
    if (this.#held.size >= this.#options.maxSources) {
      this.#logger.error('Too many sources. Flushing all batched logs. Consider increasing max_sources parameter');
      this.flush(Infinity);
    }
    const entry = this.#spare.pop() ?? new LogEntry();
    entry.startCopy(first);
    const dueAt = this.#clock.now() + this.#options.patience;
    const weight = entryWeight(entry) + key.length;
    const held = { entry, key, weight, text: '', bytes: 0, count: 0, dueAt, isMatched: false, origins: [] };
    this.#bytes += weight;
    this.#held.set(key, held);
    return held;
  }

  #handOn(held: HeldEntry): void {
    const { entry, key, weight, text, bytes } = held;
    this.#held.delete(key);
    this.#bytes -= bytes + weight;
    this.#options.field.set(entry, text);
    this.#emit(entry);
    entry.start(null);
    if (this.#spare.length < 64) this.#spare.push(entry);
  }

  #makeRoom(): void {
    this.#logger.warn(
      'Entries that wait for their other parts take too much memory: the oldest are handed on as they are',
      {
        bytes: this.#bytes,
      },
    );
    for (const held of this.#held.values()) {
      if (this.#bytes <= mostHeld / 2) return;
      this.#handOn(held);
    }
  }
}

function addOrigin({ origins }: HeldEntry, { source, position }: LogEntry): void {
  for (const origin of origins) {
    if (origin.source !== source) continue;
    origin.position = Math.min(origin.position, position);
    return;
  }
  origins.push({ source, position });
}
