import type { Converter } from '../function.js';
import { hashFunctions } from './hash/table.js';
import { idFunctions } from './identity/ids.js';
import { uuidFunctions } from './identity/uuids.js';
import { mathFunctions } from './math/table.js';
import { networkFunctions } from './network/table.js';
import { parseFunctions } from './parse/table.js';
import { durationFunctions } from './time/durations.js';
import { timePartFunctions } from './time/time-parts.js';
import { timeFunctions } from './time/times.js';
import { xmlFunctions } from './xml/table.js';

/** The standard converters on times, structured texts, digests, IDs and the network. */
export const dataConverters: readonly Converter[] = [
  ...timeFunctions,
  ...timePartFunctions,
  ...durationFunctions,
  ...parseFunctions,
  ...xmlFunctions,
  ...networkFunctions,
  ...hashFunctions,
  ...idFunctions,
  ...uuidFunctions,
  ...mathFunctions,
];
