import type { TextFault } from '../component/config-value-error.js';
import {
  choice,
  group,
  list,
  text,
  type Docs,
  type Report,
  type Schema,
  type Shape,
} from '../component/schema/schema.js';
import { patternFault } from '../pattern/pattern.js';
import { conditionFault } from './condition.js';

/** The options that every operator has (docs/spec/agent.md#stanza-expressions). */
export interface CommonOperatorOptions {
  readonly type: string;
  readonly id: string;
  /** Empty: the next operator. */
  readonly output: readonly string[];
  readonly on_error: OnError;
  readonly if: string;
}

export type OnError = 'send' | 'drop' | 'send_quiet' | 'drop_quiet';

const id: Schema<string> = text('', {
  about: 'Name of the operator, for `output` of others and for the log. Default: its type.',
});
const output: Schema<readonly string[]> = list(text(), [], {
  about:
    'IDs of the operators that entries go to next. Default: the next one of the list, behind the last the pipeline.',
});
export const onError: Schema<OnError> = choice(
  ['send', 'drop', 'send_quiet', 'drop_quiet'],
  'send',
  {
    about:
      'An entry that the operator fails on goes on as it is (`send`) or not at all (`drop`); `_quiet` logs that at ' +
      '`debug` only.',
  },
  (value) => `operator config has an invalid \`on_error\` field: ${value}`,
);
const condition: Schema<string> = checkedText(
  { about: 'Expression; entries for which it is false pass the operator by.' },
  conditionFault,
);

/** Checks beside those of the values themselves. */
export interface OptionChecks<C> {
  /** Texts that must be there, and the message for each that is not. */
  readonly required?: Readonly<Partial<Record<keyof C & string, string>>>;
  check?(value: C, report: Report): void;
}

/** The options of one type of operator: its own, and those that every operator has. */
export function operatorOptions<Own extends object>(
  type: string,
  own: Shape<Own>,
  { required, check }: OptionChecks<Own & CommonOperatorOptions> = {},
): Schema<Own & CommonOperatorOptions> {
  const common: Shape<CommonOperatorOptions> = { type: text(type), id, output, on_error: onError, if: condition };
  // The compiler does not see that a shape of both is the shape of their intersection.
  const shape = { ...common, ...own } as unknown as Shape<Own & CommonOperatorOptions>;
  return group<Own & CommonOperatorOptions>(shape, (value, report) => {
    if (required) reportMissing(value, required, report);
    check?.(value, report);
  });
}

/** Reports texts that are not there. */
export function reportMissing<C extends object>(
  value: C,
  required: Readonly<Partial<Record<keyof C & string, string>>>,
  report: Report,
  path: readonly string[] = [],
): void {
  for (const [key, message] of Object.entries(required) as [keyof C & string, string][])
    if (value[key] === '') report(message, [...path, key]);
}

/** A text of the configuration that is checked where there is one. */
export function checkedText(docs: Docs, check: (value: string) => string | TextFault | undefined): Schema<string> {
  return text('', docs, (value) => (value === '' ? undefined : check(value)));
}

/** The fault of a regular expression. */
export function regexFault(source: string): string | undefined {
  const fault = patternFault(source);
  return fault === undefined ? undefined : `compiling regex: ${fault}`;
}
