import { group, list, text, textOr, type Schema } from '../component/schema/schema.js';
import { groupErrorMode } from './error-mode.js';

/** Conditions of one context; one that holds is enough. */
export interface ConditionGroup {
  /** In upper or lower case; '' is inferred. */
  readonly context: string;
  readonly error_mode: string;
  readonly conditions: readonly string[];
}

/** Statements that run one after the other on each item of one context for which one of the conditions holds. */
export interface StatementGroup extends ConditionGroup {
  readonly statements: readonly string[];
}

/** Where a text stands below the component's section. */
export type TextPath = readonly (string | number)[];

/** A group as it runs, and where its texts stand. */
export interface RuleGroup {
  /** In lower case; '' is inferred. */
  readonly context: string;
  readonly contextPath: TextPath;
  readonly errorMode: string;
  readonly conditions: readonly RuleText[];
  readonly statements: readonly RuleText[];
}

export interface RuleText {
  readonly text: string;
  readonly path: TextPath;
}

const context = (): Schema<string> =>
  text('', { about: 'The context, such as `span`. Not set: inferred from the paths in use.' });

const conditions = (about: string): Schema<readonly string[]> => list(text(), [], { about });

/** An option with conditions, or groups of them. */
export function conditionList(about: string): Schema<readonly (string | ConditionGroup)[]> {
  return list(
    textOr(
      group<ConditionGroup>({
        context: context(),
        error_mode: groupErrorMode(),
        conditions: conditions('Conditions of which one is enough.'),
      }),
    ),
    [],
    { about },
  );
}

/** An option with statements, or groups of them. */
export function statementList(about: string): Schema<readonly (string | StatementGroup)[]> {
  return list(
    textOr(
      group<StatementGroup>({
        context: context(),
        error_mode: groupErrorMode(),
        conditions: conditions('The statements run on items for which one of these holds; on all when there is none.'),
        statements: list(text(), [], { about: 'They run in this order; each sees what those before it have changed.' }),
      }),
    ),
    [],
    { about },
  );
}

/** A group that leaves everything to the component. */
const inferred = { context: '', contextPath: [], errorMode: '' } as const;

/** Whether a list has texts as well as groups, which the Collector refuses. */
export function isMixed(given: readonly (string | object)[]): boolean {
  return given.some((item) => typeof item === 'string') && given.some((item) => typeof item !== 'string');
}

/**
 * The groups in a list of statements of an option. Texts beside each other are one group, whose context is inferred
 * from all of them.
 */
export function statementRules(option: string, given: readonly (string | StatementGroup)[]): readonly RuleGroup[] {
  const plain: RuleText[] = [];
  const groups: RuleGroup[] = [];
  for (const [i, item] of given.entries()) {
    if (typeof item === 'string') plain.push({ text: item, path: [option, i] });
    else
      groups.push({
        ...conditionRules(item, [option, i]),
        statements: textsOf(item.statements, [option, i, 'statements']),
      });
  }
  if (plain.length > 0) groups.push({ ...inferred, conditions: [], statements: plain });
  return groups;
}

/** The groups in a list of conditions of an option. The context of a text that stands alone is inferred from it. */
export function conditionGroups(option: string, given: readonly (string | ConditionGroup)[]): readonly RuleGroup[] {
  return given.map((item, i) =>
    typeof item === 'string'
      ? { ...inferred, conditions: [{ text: item, path: [option, i] }], statements: [] }
      : conditionRules(item, [option, i]),
  );
}

/** A list of conditions, at `path`, that belong to one context. */
export function conditionsOf(context: string, given: readonly string[], path: TextPath): RuleGroup {
  return { ...inferred, context, conditions: textsOf(given, path), statements: [] };
}

function conditionRules(item: ConditionGroup, path: TextPath): RuleGroup {
  return {
    context: item.context.toLowerCase(),
    contextPath: [...path, 'context'],
    errorMode: item.error_mode,
    conditions: textsOf(item.conditions, [...path, 'conditions']),
    statements: [],
  };
}

function textsOf(texts: readonly string[], path: TextPath): readonly RuleText[] {
  return texts.map((each, i) => ({ text: each, path: [...path, i] }));
}
