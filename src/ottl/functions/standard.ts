import type { OttlFunction } from '../function.js';
import { coreFunctions } from './core.js';
import { dataConverters } from './data-converters.js';

/** The functions that every context has. */
export const standardFunctions: readonly OttlFunction[] = [...coreFunctions, ...dataConverters];
