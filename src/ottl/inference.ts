import type { Candidate } from './environment.js';
import { unknownFunction, unknownSymbol } from './check/unknown.js';
import { quotedList } from './check/similar-names.js';
import { StatementError } from './ottl-error.js';
import { mentions, type Mention, type Mentions } from './syntax/mentions.js';
import { parseCondition, parseStatement } from './syntax/parser.js';

/** From the one that is chosen first. A context that is not named here comes behind them. */
const priority = [
  'exemplar',
  'log',
  'datapoint',
  'metric',
  'spanevent',
  'span',
  'profile',
  'scope',
  'instrumentation_scope',
  'resource',
];

/** A statement or condition in which inference found a mistake, or the first one when all together are wrong. */
export class InferenceError extends StatementError {
  readonly text: string;

  constructor(message: string, text: string, offset?: number) {
    super(message, offset);
    this.text = text;
  }
}

/**
 * The context in which statements and conditions run that stand together and name none: of the contexts in front of
 * their paths the innermost, or one further in when that one does not have all their functions and enums. Throws an
 * `InferenceError`.
 */
export function inferContext<C extends Candidate>(
  statements: readonly string[],
  conditions: readonly string[],
  candidates: readonly C[],
): C {
  const texts = [
    ...statements.map((text) => read(text, () => mentions(parseStatement(text)))),
    ...conditions.map((text) => read(text, () => mentions(parseCondition(text)))),
  ];
  const named = innermost(texts);
  const [first] = texts;
  if (named === undefined) throw new InferenceError(noContext(candidates), first?.text ?? '');
  const chosen = candidates.find(({ context }) => context.name === named.mention.name);
  if (chosen === undefined) {
    const { name, offset } = named.mention;
    throw new InferenceError(notACandidate(name, candidates), named.text, offset);
  }
  const fault = missingIn(texts, chosen);
  if (fault === undefined) return chosen;
  const further = candidates
    .filter(({ context }) => context !== chosen.context && context.reaches.includes(chosen.context.name))
    .toSorted((a, b) => rank(a.context.name) - rank(b.context.name))
    .find((candidate) => missingIn(texts, candidate) === undefined);
  if (further) return further;
  throw fault;
}

interface Text extends Mentions {
  readonly text: string;
}

function read(text: string, find: () => Mentions): Text {
  try {
    return { text, ...find() };
  } catch (error) {
    if (error instanceof StatementError) throw new InferenceError(error.message, text, error.offset);
    throw error;
  }
}

function innermost(texts: readonly Text[]): { readonly text: string; readonly mention: Mention } | undefined {
  let best: { readonly text: string; readonly mention: Mention } | undefined;
  for (const { text, contexts } of texts)
    for (const mention of contexts)
      if (best === undefined || rank(mention.name) < rank(best.mention.name)) best = { text, mention };
  return best;
}

function rank(context: string): number {
  const place = priority.indexOf(context);
  return place === -1 ? priority.length : place;
}

/** The error for the first function or enum that a context does not have. */
function missingIn(texts: readonly Text[], { context, functions }: Candidate): InferenceError | undefined {
  for (const { text, editors, converters, symbols } of texts) {
    for (const [kind, calls] of [
      ['editor', editors],
      ['converter', converters],
    ] as const)
      for (const { name, offset } of calls)
        if (!functions.has(name)) return within(text, unknownFunction(name, kind, functions, offset));
    for (const { name, offset } of symbols)
      if (!context.enums.has(name)) return new InferenceError(symbolFault(name, { context, functions }), text, offset);
  }
  return undefined;
}

function symbolFault(name: string, candidate: Candidate): string {
  if (!candidate.functions.has(name)) return unknownSymbol(name, candidate, 0).message;
  return (
    `"${name}" alone is taken for an enum where the context is inferred, as in the Collector: ` +
    'set "context" for the group, if the function is meant'
  );
}

function within(text: string, { message, offset }: StatementError): InferenceError {
  return new InferenceError(message, text, offset);
}

function noContext(candidates: readonly Candidate[]): string {
  const names = candidates.map(({ context }) => context.name);
  return (
    `no path names a context, so that it is not clear where this runs: write a path with one in front ` +
    `(${quotedList(names)}), or set "context" for the group`
  );
}

function notACandidate(name: string, candidates: readonly Candidate[]): string {
  const names = candidates.map(({ context }) => context.name);
  return `"${name}" is no context in which this can run: here are ${quotedList(names)}`;
}
