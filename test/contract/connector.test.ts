import { describe } from 'vitest';
import { betweenContract } from './between.js';
import { foldersOf } from './harness.js';

describe.each(foldersOf('connectors'))('connector %s', (type) => betweenContract('connectors', type));
