import type { EntryField } from '../field.js';
import { EntryFailure } from '../operator.js';

/** The failure of a stage whose field is not there. */
export function absentField({ text }: EntryField): EntryFailure {
  return new EntryFailure(
    `log entry does not have the expected parse_from field: {"parse_from":${JSON.stringify(text)}}`,
  );
}
