import { editor, type Editor } from '../../function.js';
import { literalString, map, target } from '../../parameters.js';
import { OttlError, StatementError } from '../../ottl-error.js';
import type { Value } from '../../value.js';
import { mapAt, setEntries } from './map-target.js';

/** Entries of a merged map: each statement of many could add a map to one of many. */
const mostEntries = 100_000;
const strategies: ReadonlySet<string> = new Set(['insert', 'update', 'upsert']);

/** Puts the entries of one map into another: those that it has not, only those that it has, or all. */
const mergeMaps: Editor = editor(
  'merge_maps',
  { target: target(), source: map(), strategy: literalString() },
  ({ target: path, source, strategy }) => {
    if (!strategies.has(strategy))
      throw new StatementError(`invalid value for strategy, ${strategy}, must be 'insert', 'update' or 'upsert'`);
    return (scene) => {
      const own = mapAt(path, scene);
      const changed = new Map<string, Value>();
      for (const [name, value] of source.get(scene))
        if (strategy === 'upsert' || own.has(name) === (strategy === 'update')) changed.set(name, value);
      if (own.size + changed.size > mostEntries) throw new OttlError(`a map of more than ${mostEntries} entries`);
      setEntries(path, scene, changed);
    };
  },
);

export const mergeEditors: readonly Editor[] = [mergeMaps];
