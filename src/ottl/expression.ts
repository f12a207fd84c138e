import type { Key } from '../otlp/view/key.js';
import type { Range } from '../otlp/view/range.js';
import type { KeyValueView, ValueView } from '../otlp/view/value.js';
import type { NumericCell, NumericKind, NumericReader } from './numeric.js';
import type { Scene } from './scene.js';
import type { MapValue, Value } from './value.js';

/** Part of a statement that has a value at each scene. Its methods throw an `OttlError` where it has none. */
export interface Expression<T = Value> {
  get(scene: Scene): T;
  /** Set when the value is the same at every scene. */
  readonly constant: { readonly value: T } | undefined;
  /** Set when the expression is a path and nothing else. */
  readonly path: PathAccess | undefined;
  /** Reads a number where the value is one, and makes none: for conditions. */
  readonly numeric?: NumericReader | undefined;
}

/** A path that can be assigned to. */
export type AssignablePath = PathAccess & Required<Pick<PathAccess, 'set'>>;

/**
 * Reads and changes one path of a context. Beside `get` a path offers the cheaper ways of reading that fit it, which
 * make no value: a condition that only reads allocates nothing.
 */
export interface PathAccess {
  /** As it stands in the statement: `span.attributes["http.route"]`. */
  readonly text: string;
  get(scene: Scene): Value;
  /** Throws an `OttlError` for a value of a type that the path cannot have. Absent when the path is read-only. */
  set?(scene: Scene, value: Value): void;
  /** For a text that every such item has: `span.name`. The range moves with the next reading. */
  range?(scene: Scene): Range;
  /** For an attribute, a body or a part of one: undefined when there is none. The view moves with the next reading. */
  view?(scene: Scene): ValueView | undefined;
  /** For an integer of at most 53 bits: `span.kind`. */
  integer?(scene: Scene): number;
  /** For another number: `span.start_time_unix_nano`. */
  numeric?(scene: Scene, to: NumericCell): NumericKind;
  /** For a map whose entries are those of a message: `span.attributes`. */
  readonly entries?: EntriesAccess;
}

/** The entries of a map in place, without making a value of the whole map. */
export interface EntriesAccess {
  /** Moves before the first entry; each key counts where it stands first. */
  walk(scene: Scene): KeyValueView;
  /** Bytes of the longest entry as it is encoded, key and value: no text of the map is longer. */
  longest(scene: Scene): number;
  set(scene: Scene, key: Key, value: Value): void;
  /** Sets several entries at a cost that does not grow with their number times that of the others. */
  setAll(scene: Scene, entries: MapValue): void;
  delete(scene: Scene, key: Key): boolean;
  /** Deletes the entries whose key `matches` accepts, and returns how many. The range is the same at each call. */
  deleteMatching(scene: Scene, matches: (key: Range) => boolean): number;
}
