import type { Converter } from '../../function.js';
import { parseCsv } from './parse-csv.js';
import { parseJsonText } from './parse-json.js';
import { parseKeyValue } from './parse-key-value.js';
import { parseSeverity } from './parse-severity.js';

/** Converters that read structured texts. */
export const parseFunctions: readonly Converter[] = [parseJsonText, parseKeyValue, parseCsv, parseSeverity];
