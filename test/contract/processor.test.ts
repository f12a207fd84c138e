import { describe } from 'vitest';
import { betweenContract } from './between.js';
import { foldersOf } from './harness.js';

describe.each(foldersOf('processors'))('processor %s', (type) => betweenContract('processors', type));
