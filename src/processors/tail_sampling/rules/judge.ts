import type { TraceFacts } from './rules.js';

/** A policy that wants a trace or does not. */
export interface Judge {
  /** A limiter takes what the trace needs from its stock when it wants it. */
  wants(trace: TraceFacts): boolean;
  /** It has a limiter, so that it may be asked only once. */
  readonly limits: boolean;
  /** One piece of a trace cannot tell what the whole trace will be to it. */
  readonly stateful: boolean;
  /**
   * With which chance it wants a trace that it would want at all: the shares of the traces that it chooses by their
   * IDs, by salt, as equal salts choose out of the same. Empty: with certainty. Undefined: nobody knows.
   */
  readonly chances: ReadonlyMap<string, number> | undefined;
}

const certain: ReadonlyMap<string, number> = new Map();

/** A policy that depends on nothing but the trace. */
export function plainJudge(wants: (trace: TraceFacts) => boolean, stateful = false): Judge {
  return { wants, limits: false, stateful, chances: certain };
}

/** All of some policies. Those behind the first one that does not want the trace are not asked. */
export function allOf(judges: readonly Judge[]): Judge {
  return {
    wants(trace) {
      for (const judge of judges) if (!judge.wants(trace)) return false;
      return true;
    },
    limits: judges.some(({ limits }) => limits),
    stateful: judges.some(({ stateful }) => stateful),
    chances: together(judges),
  };
}

export function negated(judge: Judge): Judge {
  return {
    wants: (trace) => !judge.wants(trace),
    limits: judge.limits,
    stateful: judge.stateful,
    chances: judge.chances?.size === 0 ? certain : undefined,
  };
}

function together(judges: readonly Judge[]): Judge['chances'] {
  const all = new Map<string, number>();
  for (const { chances } of judges) {
    if (chances === undefined) return undefined;
    for (const [salt, ratio] of chances) all.set(salt, Math.min(ratio, all.get(salt) ?? 1));
  }
  return all;
}

/** The share of its like that a policy wants; undefined when it has none, or when nobody knows. */
export function ratioOf({ chances }: Judge): number | undefined {
  if (chances === undefined || chances.size === 0) return undefined;
  let ratio = 1;
  for (const one of chances.values()) ratio *= one;
  return ratio;
}
