import type { Converter } from '../../function.js';
import { isValidLuhn } from './is-valid-luhn.js';
import { logarithm } from './logarithm.js';

/** Converters on numbers. */
export const mathFunctions: readonly Converter[] = [isValidLuhn, logarithm];
