import { EntryCondition } from '../../condition.js';
import type { LogEntry } from '../../entry.js';
import { entryText } from '../../entry-value.js';
import { compileField, type EntryField } from '../../field.js';
import { HeldTexts } from '../../held-text.js';
import { EntryFailure, type Operator, type OperatorPlace, type OperatorVerdict } from '../../operator.js';

export interface RecombineOptions {
  readonly is_first_entry: string;
  readonly is_last_entry: string;
  readonly combine_field: string;
  readonly combine_with: string;
  readonly max_batch_size: number;
  readonly max_unmatched_batch_size: number;
  readonly overwrite_with: 'newest' | 'oldest';
  /** Milliseconds. */
  readonly force_flush_period: number;
  readonly source_identifier: string;
  readonly max_sources: number;
  readonly max_log_size: string;
}

/** Stands for entries without a source. */
const unnamedSource = 'DefaultSourceIdentifier';

/** Joins the entries from one that matches to the next. */
export class Recombine implements Operator {
  readonly holding: HeldTexts;
  readonly #matchesFirst: boolean;
  readonly #condition: EntryCondition;
  readonly #field: EntryField;
  readonly #source: EntryField;
  readonly #warn: () => void;
  #warned = false;

  constructor(options: RecombineOptions, maxBytes: number, place: OperatorPlace) {
    this.#matchesFirst = options.is_first_entry !== '';
    this.#condition = new EntryCondition(this.#matchesFirst ? options.is_first_entry : options.is_last_entry);
    this.#field = compileField(options.combine_field);
    this.#source = compileField(options.source_identifier || 'attributes["log.file.path"]');
    this.holding = new HeldTexts(
      {
        field: this.#field,
        between: options.combine_with,
        maxTexts: options.max_batch_size,
        maxUnmatched: options.max_unmatched_batch_size,
        maxBytes,
        maxSources: options.max_sources,
        patience: options.force_flush_period,
      },
      place,
    );
    this.#warn = () =>
      place.logger.warn('entry does not contain the source_identifier, so it may be pooled with other sources');
  }

  process(entry: LogEntry): OperatorVerdict {
    const matches = this.#condition.test(entry);
    if (matches instanceof EntryFailure) return matches;
    const value = this.#field.get(entry);
    const text = value === undefined ? undefined : entryText(value);
    if (text === undefined) return new EntryFailure('entry does not contain the combine_field as a text');
    const key = this.#keyOf(entry);
    const { holding } = this;
    if (matches && this.#matchesFirst) holding.flushKey(key);
    holding.add(key, entry, text, matches);
    if (matches && !this.#matchesFirst) holding.flushKey(key);
    return 'held';
  }

  #keyOf(entry: LogEntry): string {
    const value = this.#source.get(entry);
    const key = value === undefined ? undefined : entryText(value);
    if (key === undefined && !this.#warned) {
      this.#warned = true;
      this.#warn();
    }
    return key === undefined || key === '' ? unnamedSource : key;
  }
}
