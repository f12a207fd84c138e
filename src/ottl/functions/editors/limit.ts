import { key } from '../../../otlp/view/key.js';
import type { Range } from '../../../otlp/view/range.js';
import { editor, type Editor } from '../../function.js';
import { list, literalInt, literalString, target } from '../../parameters.js';
import { StatementError } from '../../ottl-error.js';
import { mapAt } from './map-target.js';

/** Leaves at most so many entries in a map: those of the priority keys, then the first of the others. */
const limit: Editor = editor(
  'limit',
  { target: target(), limit: literalInt(), priority_keys: list(literalString()) },
  ({ target: path, limit: most, priority_keys: names }) => {
    if (most < 0n) throw new StatementError(`invalid limit for limit function, ${most} cannot be negative`);
    if (most < names.length)
      throw new StatementError(
        `invalid limit for limit function, ${most} cannot be less than number of priority attributes ${names.length}`,
      );
    const limited = Number(most);
    const { entries } = path;
    if (entries === undefined) {
      const first = new Set(names);
      return (scene) => {
        const map = mapAt(path, scene);
        if (map.size <= limited) return;
        let room = limited - names.filter((name) => map.has(name)).length;
        const rest = [...map].filter(([name]) => first.has(name) || room-- > 0);
        path.set(scene, new Map(rest));
      };
    }
    const keys = names.map(key);
    let room = 0;
    const isFirst = (name: Range): boolean => {
      for (const own of keys) if (name.is(own)) return true;
      return false;
    };
    const isBeyond = (name: Range): boolean => !isFirst(name) && room-- <= 0;
    return (scene) => {
      let count = 0;
      room = limited;
      for (const entry = entries.walk(scene); entry.next(); count++) if (isFirst(entry.key)) room--;
      if (count > limited) entries.deleteMatching(scene, isBeyond);
    };
  },
);

export const limitEditors: readonly Editor[] = [limit];
