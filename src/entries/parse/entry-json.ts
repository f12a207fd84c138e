import type { JsonReading } from '../../formats/json.js';
import { EntryMap } from '../entry-map.js';
import { formatFailure } from './format-failure.js';
import { mostParts } from './most-parts.js';

/** JSON text as values of entries; a fault is a `FormatFailure`. */
export const entryJson: JsonReading<null, EntryMap> = {
  nothing: null,
  members: () => new EntryMap(),
  mostValues: mostParts,
  error: formatFailure,
};
