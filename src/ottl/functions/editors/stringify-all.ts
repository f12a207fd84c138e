import { editor, type Editor } from '../../function.js';
import { target } from '../../parameters.js';
import type { Value } from '../../value.js';
import { attributeText } from '../attribute-text.js';
import { mapAt, setEntries } from './map-target.js';

/** Makes texts of all values of a map. */
const stringifyAll: Editor = editor('stringify_all', { target: target() }, ({ target: path }) => {
  return (scene) => {
    const map = mapAt(path, scene);
    const changed = new Map<string, Value>();
    for (const [name, value] of map) if (typeof value !== 'string') changed.set(name, attributeText(value));
    setEntries(path, scene, changed);
  };
});

export const stringifyEditors: readonly Editor[] = [stringifyAll];
