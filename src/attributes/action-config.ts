import { contextHeader } from './context-value.js';
import { anyWritten, group, list, text, type Docs, type Report, type Schema } from '../component/schema/schema.js';
import { pattern, PatternError, type Pattern } from '../pattern/pattern.js';
import { attributeValue } from './attribute-value.js';

export const actionNames = ['insert', 'update', 'upsert', 'delete', 'hash', 'extract', 'convert'] as const;
export type ActionName = (typeof actionNames)[number];
export const convertedTypes = ['int', 'double', 'string'] as const;
export type ConvertedType = (typeof convertedTypes)[number];

/** One action on attributes (docs/spec/agent.md#attributes-and-resource). */
export interface ActionConfig {
  readonly key: string;
  /** An `ActionName` in any case. */
  readonly action: string;
  readonly value: unknown;
  readonly from_attribute: string;
  readonly from_context: string;
  readonly default_value: unknown;
  readonly pattern: string;
  readonly converted_type: string;
}

/** A list of actions, of which there must be one at least. */
export function actionList(docs: Docs): Schema<readonly ActionConfig[]> {
  return list(action, [], docs);
}

const action: Schema<ActionConfig> = group<ActionConfig>(
  {
    key: text('', { about: 'The attribute that is changed; for `extract` the one that is read.' }),
    action: text('', {
      about: '`insert`, `update`, `upsert`, `delete`, `hash`, `extract` or `convert`, in lower or upper case.',
    }),
    value: anyWritten({ about: '`insert`, `update`, `upsert`: the value; its type is that of the YAML.' }),
    from_attribute: text('', { about: '`insert`, `update`, `upsert`: the attribute whose value is copied.' }),
    from_context: text('', {
      about:
        '`insert`, `update`, `upsert`: what is known of the sender: `client.address`, `metadata.<header>` (with ' +
        '`include_metadata` of the receiver) or `auth.<attribute>`.',
    }),
    default_value: anyWritten({
      about: 'The value where the one to copy is missing; without it, nothing is done then.',
    }),
    pattern: text('', {
      about:
        'A regular expression (RE2). `delete`, `hash`: for the keys of attributes; `extract`: for the value, with ' +
        'named groups.',
    }),
    converted_type: text('', { about: '`convert`: `int`, `double` or `string`.' }),
  },
  checkAction,
);

/** The name of an action; undefined for an unknown one. */
export function actionName(given: string): ActionName | undefined {
  const lower = given.toLowerCase();
  return actionNames.find((name) => name === lower);
}

function checkAction(config: ActionConfig, report: Report): void {
  const name = actionName(config.action);
  if (name === undefined) {
    const fault = config.action === '' ? 'missing required field "action"' : `unsupported action "${config.action}"`;
    report(fault, config.action === '' ? [] : ['action'], undefined, `Write one of ${actionNames.join(', ')}.`);
    return;
  }
  const sources = sourcesOf(config);
  const unused = (...fields: readonly (keyof ActionConfig)[]): void => {
    for (const field of fields) if (isSet(config, field)) report(`action "${name}" does not use "${field}"`, [field]);
  };
  switch (name) {
    case 'insert':
    case 'update':
    case 'upsert':
      needKey(config, report);
      if (sources.length === 0 && !isSet(config, 'default_value'))
        report(`action "${name}" needs one of "value", "from_attribute", "from_context" and "default_value"`);
      if (sources.length > 1) report(`multiple value sources are set: ${sources.join(', ')}`, [sources[1] as string]);
      unused('pattern', 'converted_type');
      checkValues(config, report);
      return;
    case 'delete':
    case 'hash':
      if (config.key === '' && config.pattern === '') report(`action "${name}" needs "key", "pattern" or both`);
      unused('value', 'from_attribute', 'converted_type');
      if (config.pattern !== '') compiled(config.pattern, report);
      return;
    case 'extract':
      needKey(config, report);
      unused('value', 'from_attribute', 'from_context', 'converted_type');
      if (config.pattern === '') report('action "extract" needs "pattern"');
      else checkGroups(compiled(config.pattern, report), report);
      return;
    case 'convert':
      needKey(config, report);
      unused('value', 'from_attribute', 'from_context', 'pattern');
      checkType(config.converted_type, report);
  }
}

function needKey({ key }: ActionConfig, report: Report): void {
  if (key === '') report('missing required field "key"');
}

/** The fields from which the value comes, of which one may be set. */
function sourcesOf(config: ActionConfig): readonly (keyof ActionConfig)[] {
  return (['value', 'from_attribute', 'from_context'] as const).filter((field) => isSet(config, field));
}

/** An empty text is a value, but no name. */
function isSet(config: ActionConfig, field: keyof ActionConfig): boolean {
  const given = config[field];
  if (given === undefined || given === null) return false;
  return given !== '' || field === 'value' || field === 'default_value';
}

function checkValues(config: ActionConfig, report: Report): void {
  for (const field of ['value', 'default_value'] as const)
    if (isSet(config, field) && attributeValue(config[field]) === undefined)
      report('no value of an attribute: a text, a number, true or false, a list or a map expected', [field]);
}

function compiled(source: string, report: Report): Pattern | undefined {
  try {
    return pattern(source);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    report(error.message, ['pattern']);
    return undefined;
  }
}

function checkGroups(found: Pattern | undefined, report: Report): void {
  if (found === undefined) return;
  const hint = 'Write `(?P<name>...)` for a value to extract, and `(?:...)` for any other group.';
  if (found.groupNames.length < 2) report('the pattern has no named group', ['pattern'], undefined, hint);
  else if (found.groupNames.slice(1).includes(''))
    report('the pattern has a group without a name', ['pattern'], undefined, hint);
}

function checkType(given: string, report: Report): void {
  const hint = `Write one of ${convertedTypes.join(', ')}.`;
  if (given === '') report('action "convert" needs "converted_type"', [], undefined, hint);
  else if (!convertedTypes.some((type) => type === given))
    report(`unsupported type "${given}"`, ['converted_type'], undefined, hint);
}

/** The headers that actions take values from. */
export function headersRead(actions: readonly ActionConfig[]): readonly string[] {
  return actions.flatMap(({ from_context: name }) => (name === '' ? [] : (contextHeader(name) ?? [])));
}
