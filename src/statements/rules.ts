import type { Clock, Random } from '../component/clock.js';
import type { Candidate, FunctionTable } from '../ottl/environment.js';
import type { FunctionServices } from '../ottl/function.js';
import { InferenceError } from '../ottl/inference.js';
import { StatementError } from '../ottl/ottl-error.js';
import type { ErrorMode } from '../ottl/sequence.js';
import { compileCondition, compileStatement, type Condition, type Statement } from '../ottl/statement.js';
import { contexts, type ContextName } from '../ottl/contexts/contexts.js';
import { chosenContext, UnknownContext, type ChosenContext } from './chosen-context.js';
import { modeOf } from './error-mode.js';
import { functionServices } from './services.js';
import type { RuleGroup, RuleText, TextPath } from './groups.js';

/** A group that is ready to run in its context. */
export interface CompiledRules {
  readonly context: ContextName;
  readonly errorMode: ErrorMode;
  readonly conditions: readonly Condition[];
  readonly statements: readonly Statement[];
}

/** A context in which a component runs statements or conditions, and the functions that it has there. */
export interface RuleContext {
  readonly name: ContextName;
  readonly functions: FunctionTable;
}

/** Takes a mistake: where the text stands that has it, and its offset there. */
export type ReportMistake = (message: string, path: TextPath, offset: number | undefined) => void;

/** Compiles groups, and reports every mistake in them. The result is of use when there was none. */
export function compileRules(
  groups: readonly RuleGroup[],
  options: {
    readonly contexts: readonly RuleContext[];
    readonly errorMode: string;
    readonly services: FunctionServices;
  },
  report: ReportMistake,
): readonly CompiledRules[] {
  const candidates = options.contexts.map(({ name, functions }) => ({ context: contexts[name], functions, name }));
  const compiled: CompiledRules[] = [];
  for (const group of groups) {
    const choice = chosen(group, candidates, report);
    if (choice === undefined) continue;
    const { candidate, shortPaths } = choice;
    const environment = { ...candidate, services: options.services, shortPaths };
    const each = <T>(texts: readonly RuleText[], compile: (text: string) => T): readonly T[] =>
      texts.flatMap(({ text, path }) => {
        try {
          return [compile(text)];
        } catch (error) {
          if (!(error instanceof StatementError)) throw error;
          report(error.message, path, error.offset);
          return [];
        }
      });
    compiled.push({
      context: candidate.name,
      errorMode: modeOf(group.errorMode, options.errorMode),
      conditions: each(group.conditions, (text) => compileCondition(text, environment)),
      statements: each(group.statements, (text) => compileStatement(text, environment)),
    });
  }
  return compiled;
}

interface NamedCandidate extends Candidate {
  readonly name: ContextName;
}

/** The context of a group: the one that it names, else the one that its texts are written for. */
function chosen(
  group: RuleGroup,
  candidates: readonly NamedCandidate[],
  report: ReportMistake,
): ChosenContext<NamedCandidate> | undefined {
  const { statements, conditions } = group;
  const all = [...statements, ...conditions];
  if (all.length === 0) return undefined;
  const textsOf = (texts: readonly RuleText[]): readonly string[] => texts.map(({ text }) => text);
  try {
    return chosenContext(
      group.context,
      { statements: textsOf(statements), conditions: textsOf(conditions) },
      candidates,
    );
  } catch (error) {
    if (error instanceof UnknownContext)
      report(`${error.message}: here are ${error.known}`, group.contextPath, undefined);
    else if (error instanceof InferenceError)
      report(error.message, all.find(({ text }) => text === error.text)?.path ?? [], error.offset);
    else throw error;
    return undefined;
  }
}

/** Compiles groups that the configuration's check has found to be without a mistake. */
export function compileChecked(
  groups: readonly RuleGroup[],
  config: { readonly error_mode: string },
  contexts: readonly RuleContext[],
  context: { readonly clock: Clock; readonly random: Random },
): readonly CompiledRules[] {
  const options = { contexts, errorMode: config.error_mode, services: functionServices(context) };
  return compileRules(groups, options, (message, path) => {
    throw new Error(`${path.join('::')}: ${message}`);
  });
}
