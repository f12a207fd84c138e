import type { PathAccess } from '../expression.js';
import type { Path, PathKey } from '../context.js';
import { cut, didYouMean, quotedList } from '../check/similar-names.js';
import { StatementError } from '../ottl-error.js';
import type { ScenePlace } from './batch-scene.js';

/** Where a path ends: what an access is made of. */
export interface PathEnd {
  /** The whole path as it stands in the statement. */
  readonly text: string;
  readonly place: ScenePlace;
  /** Keys of the last segment; none where the step takes none. */
  readonly keys: readonly PathKey[];
}

/** A name that can stand in a place of a path. */
export interface PathStep {
  /** Absent when the path cannot end here. */
  readonly access?: (end: PathEnd) => PathAccess;
  /** Whether keys may follow: `attributes["a"]`. */
  readonly takesKeys?: boolean;
  /** The names that may follow. */
  readonly below?: PathTable;
}

export type PathTable = Readonly<Record<string, PathStep>>;

/** Finds the access of a path in the table of its context. */
export function accessOf(
  { segments, text, context }: Path,
  table: PathTable,
  place: ScenePlace,
  own: string,
): PathAccess {
  let names: PathTable | undefined = table;
  let step: PathStep | undefined;
  for (const [i, { name, keys, offset }] of segments.entries()) {
    step = names !== undefined && Object.hasOwn(names, name) ? names[name] : undefined;
    if (step === undefined) {
      const known = Object.keys(names ?? {});
      const before = [...(context === '' ? [] : [context]), ...segments.slice(0, i).map((each) => each.name)].join('.');
      throw new StatementError(unknown(name, before === '' ? own : before, known), offset);
    }
    const isLast = i === segments.length - 1;
    const [key] = keys;
    if (key && (!isLast || step.takesKeys !== true))
      throw new StatementError(`"${name}" cannot be indexed`, key.offset);
    names = step.below;
    if (!isLast) continue;
    if (step.access) return step.access({ text, place, keys });
    throw new StatementError(`"${name}" is no value: ${Object.keys(names ?? {}).join(', ')} may follow`, offset);
  }
  throw new StatementError(`the path "${text}" is empty`);
}

function unknown(name: string, before: string, known: readonly string[]): string {
  const problem = `"${before}" has no "${cut(name)}"`;
  if (known.length === 0) return problem;
  return `${problem}: ${didYouMean(name, known) ?? `known here are ${quotedList(known.toSorted())}`}`;
}

/** A step whose path begins at another message than the others of its table. */
export function elsewhere(place: ScenePlace, step: PathStep): PathStep {
  const { access, below } = step;
  return {
    ...step,
    ...(access && { access: (end) => access({ ...end, place }) }),
    ...(below && {
      below: Object.fromEntries(Object.entries(below).map(([name, at]) => [name, elsewhere(place, at)])),
    }),
  };
}
