import { editor, type Editor } from '../../function.js';
import { literalBool, literalInt, literalString, optional, target } from '../../parameters.js';
import { StatementError } from '../../ottl-error.js';
import type { Value } from '../../value.js';
import { boundaryBefore } from '../utf8.js';
import { mapAt, setEntries } from './map-target.js';

/** Cuts the texts of a map that are longer than `limit` bytes; a marker at the end counts among these. */
const truncateAll: Editor = editor(
  'truncate_all',
  {
    target: target(),
    limit: literalInt(),
    utf8_safe: optional(literalBool()),
    truncation_marker: optional(literalString()),
  },
  ({ target: path, limit, utf8_safe: isSafe = true, truncation_marker: marker = '' }) => {
    if (limit < 0n) throw new StatementError(`invalid limit for truncate_all function, ${limit} cannot be negative`);
    const most = Number(limit);
    const room = most - Buffer.byteLength(marker);
    const cut = (bytes: Buffer): string => {
      const length = room < 0 ? most : room;
      const kept = bytes.subarray(0, isSafe ? boundaryBefore(bytes, length) : length).toString();
      return room < 0 ? kept : kept + marker;
    };
    const { entries } = path;
    if (entries === undefined) {
      return (scene) => {
        const map = mapAt(path, scene);
        const changed = new Map<string, Value>();
        for (const [name, value] of map)
          if (typeof value === 'string' && Buffer.byteLength(value) > most) changed.set(name, cut(Buffer.from(value)));
        setEntries(path, scene, changed);
      };
    }
    return (scene) => {
      // The entries are changed behind the walk, which a change would disturb.
      let changed: Map<string, Value> | undefined;
      if (entries.longest(scene) <= most) return;
      for (const entry = entries.walk(scene); entry.next();) {
        const { value } = entry;
        if (value.type !== 'string' || value.string.length <= most) continue;
        changed ??= new Map();
        changed.set(entry.key.toString(), cut(Buffer.from(value.string.copy())));
      }
      if (changed !== undefined) setEntries(path, scene, changed);
    };
  },
);

export const truncateEditors: readonly Editor[] = [truncateAll];
