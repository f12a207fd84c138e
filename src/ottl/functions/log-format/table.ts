import type { Converter } from '../../function.js';
import { parseCef } from './parse-cef.js';
import { parseClf } from './parse-clf.js';
import { parseElf } from './parse-elf.js';
import { parseLeef } from './parse-leef.js';

/** Converters that read the lines of known log formats: in the log context of transform only. */
export const logFormatFunctions: readonly Converter[] = [parseCef, parseClf, parseElf, parseLeef];
