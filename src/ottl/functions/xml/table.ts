import type { Converter } from '../../function.js';
import { xmlEditFunctions } from './edit-xml.js';
import { parseSimplifiedXml, parseXml } from './parse-xml.js';

/** Converters on XML texts. */
export const xmlFunctions: readonly Converter[] = [parseXml, parseSimplifiedXml, ...xmlEditFunctions];
