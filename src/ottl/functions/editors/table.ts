import type { Editor } from '../../function.js';
import { flattenEditors } from './flatten.js';
import { keyEditors } from './keys.js';
import { limitEditors } from './limit.js';
import { listEditors } from './lists.js';
import { mergeEditors } from './merge-maps.js';
import { replaceAllEditors } from './replace-all.js';
import { replaceEditors } from './replace.js';
import { valueEditors } from './set.js';
import { stringifyEditors } from './stringify-all.js';
import { truncateEditors } from './truncate-all.js';

/** The editors of every context. */
export const standardEditors: readonly Editor[] = [
  ...flattenEditors,
  ...keyEditors,
  ...limitEditors,
  ...listEditors,
  ...mergeEditors,
  ...replaceAllEditors,
  ...replaceEditors,
  ...stringifyEditors,
  ...truncateEditors,
  ...valueEditors,
];
