import type { LineFields } from '../../otlp/lines/line-form.js';
import type { LogEntry } from '../entry.js';
import type { EntryFailure } from '../operator.js';

/** Reads one field of an entry into another part of it: a block such as `timestamp`, or the operator of that name. */
export interface EntryStage {
  /** The fields that it reads of which attribute, as data; undefined where they cannot be given so. */
  readonly fields?: LineFields | undefined;
  /** A failure leaves the entry as it was. */
  apply(entry: LogEntry): EntryFailure | undefined;
}
