import type { OttlFunction } from '../function.js';
import { mapConverters } from './collections/maps.js';
import { searchConverters } from './collections/search.js';
import { sliceConverters } from './collections/slice-to-map.js';
import { sortConverters } from './collections/sort.js';
import { standardEditors } from './editors/table.js';
import { decodeConverters } from './encoding/decode.js';
import { encodeConverters } from './encoding/encode.js';
import { formatConverters } from './format/format.js';
import { grokConverters } from './patterns/extract-grok-patterns.js';
import { extractConverters } from './patterns/extract-patterns.js';
import { affixConverters } from './text/affixes.js';
import { caseConverters } from './text/case.js';
import { concatConverters } from './text/concat.js';
import { matchConverters } from './text/is-match.js';
import { partConverters } from './text/split.js';
import { typeTests } from './types/is-type.js';
import { integerConverters } from './types/parse-int.js';
import { sizeConverters } from './types/size.js';
import { typeConverters } from './types/to-type.js';

/** The editors, and the functions on texts, types, lists, maps and patterns. */
export const coreFunctions: readonly OttlFunction[] = [
  ...standardEditors,
  ...affixConverters,
  ...caseConverters,
  ...concatConverters,
  ...decodeConverters,
  ...encodeConverters,
  ...extractConverters,
  ...formatConverters,
  ...grokConverters,
  ...integerConverters,
  ...mapConverters,
  ...matchConverters,
  ...partConverters,
  ...searchConverters,
  ...sizeConverters,
  ...sliceConverters,
  ...sortConverters,
  ...typeConverters,
  ...typeTests,
];
