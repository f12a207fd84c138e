import type { Expression, PathAccess } from './expression.js';
import type { Scene } from './scene.js';

/** A path as it stands in a statement, its keys compiled. */
export interface Path {
  /** Name of the context in front: `span`; '' for a path of the old style, which is one of the context it runs in. */
  readonly context: string;
  /** At least one: `attributes["a"]["b"]` is one segment with two keys. */
  readonly segments: readonly PathSegment[];
  /** As it stands in the statement. */
  readonly text: string;
  readonly offset: number;
}

export interface PathSegment {
  readonly name: string;
  readonly keys: readonly PathKey[];
  readonly offset: number;
}

/** A key or a place in brackets: constant in nearly all statements. */
export interface PathKey {
  readonly expression: Expression;
  readonly offset: number;
}

/** One kind of place in a batch at which statements run, with the paths that can be read and changed there. */
export interface Context<S extends Scene = Scene> {
  /** `span`, `spanevent`, `datapoint`, ... */
  readonly name: string;
  /** The contexts whose paths can be used here, this one first, then those above it: `span`, `scope`, `resource`. */
  readonly reaches: readonly string[];
  /** Names of constants and their values: `STATUS_CODE_ERROR`. */
  readonly enums: ReadonlyMap<string, bigint>;
  /** Throws a `StatementError` that names the segment which is not there, and the nearest one that is. */
  path(path: Path): PathAccess;
  /** A scene to be moved over the items of batches. */
  scene(): S;
}
