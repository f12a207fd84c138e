import type { Candidate } from '../ottl/environment.js';
import { inferContext, InferenceError } from '../ottl/inference.js';

/** A context, and whether paths may stand without its name. */
export interface ChosenContext<C extends Candidate> {
  readonly candidate: C;
  readonly shortPaths: boolean;
}

/** A component has no context of the name that was given. */
export class UnknownContext extends Error {
  /** The names of those that it has, for a message. */
  readonly known: string;

  constructor(name: string, candidates: readonly Candidate[]) {
    super(`unknown context "${name}"`);
    this.known = candidates.map(({ context }) => `"${context.name}"`).join(', ');
  }
}

/**
 * The context in which texts run: the one of this name, or for '' the one that they are written for, of paths without
 * a context `fallback`. Throws an `UnknownContext` or an `InferenceError`.
 */
export function chosenContext<C extends Candidate>(
  name: string,
  texts: { readonly statements: readonly string[]; readonly conditions: readonly string[] },
  candidates: readonly C[],
  fallback?: string,
): ChosenContext<C> {
  const named = (wanted: string): C | undefined => candidates.find(({ context }) => context.name === wanted);
  if (name !== '') {
    const candidate = named(name);
    if (candidate === undefined) throw new UnknownContext(name, candidates);
    return { candidate, shortPaths: true };
  }
  try {
    return { candidate: inferContext(texts.statements, texts.conditions, candidates), shortPaths: false };
  } catch (error) {
    const candidate = fallback === undefined ? undefined : named(fallback);
    // Without a place in the text no path names a context.
    if (!(error instanceof InferenceError) || error.offset !== undefined || candidate === undefined) throw error;
    return { candidate, shortPaths: true };
  }
}
