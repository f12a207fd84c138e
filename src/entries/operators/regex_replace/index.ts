import { text, type Report } from '../../../component/schema/schema.js';
import { pattern, PatternError } from '../../../pattern/pattern.js';
import { goTypeOf, entryText } from '../../entry-value.js';
import { compileField, fieldOption } from '../../field.js';
import { defineOperator, EntryFailure, type OperatorDefinition } from '../../operator.js';
import { checkedText, operatorOptions, regexFault, type CommonOperatorOptions } from '../../operator-options.js';

interface ReplaceOptions extends CommonOperatorOptions {
  readonly field: string;
  readonly regex: string;
  readonly regex_name: string;
  readonly replace_with: string;
}

/** Regular expressions that have a name. */
const named: Readonly<Record<string, string>> = {
  ansi_control_sequences: String.raw`\x1b\[[\x30-\x3f]*[\x20-\x2f]*[\x40-\x7e]`,
};

/** Replaces all matches of a regular expression in a text. */
export const regexReplace: OperatorDefinition<ReplaceOptions> = defineOperator<ReplaceOptions>({
  type: 'regex_replace',
  config: operatorOptions<Omit<ReplaceOptions, keyof CommonOperatorOptions>>(
    'regex_replace',
    {
      field: fieldOption('', { about: 'Field with the text.' }),
      regex: checkedText({ about: 'Regular expression of Go.' }, regexFault),
      regex_name: text('', { about: 'A known one in its place: `ansi_control_sequences`.' }, (name) =>
        name === '' || Object.hasOwn(named, name) ? undefined : `regex_name ${name} is unknown`,
      ),
      replace_with: text('', { about: 'Text in place of each match; `$1` and `${name}` stand for its groups.' }),
    },
    { required: { field: 'regex_replace: field is empty' }, check },
  ),
  create({ field: written, regex: source, regex_name: name, replace_with: by }) {
    const target = compileField(written);
    const replaced = pattern(source === '' ? (named[name] ?? '') : source);
    return {
      process(entry) {
        const value = target.get(entry);
        if (value === undefined) return undefined;
        const found = entryText(value);
        if (found === undefined) return new EntryFailure(`type ${goTypeOf(value)} cannot be handled by regex_replace`);
        try {
          return target.set(entry, replaced.replaceAll(found, by));
        } catch (error) {
          if (error instanceof PatternError) return new EntryFailure(error.message);
          throw error;
        }
      },
    };
  },
});

function check({ regex: source, regex_name: name }: ReplaceOptions, report: Report): void {
  if ((source === '') === (name === ''))
    report('either regex or regex_name must be set', [source === '' ? 'regex' : 'regex_name']);
}
