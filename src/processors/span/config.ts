import { matchSection, type MatchConfig } from '../../attributes/match/match-config.js';
import { flag, group, list, section, text, type Schema } from '../../component/schema/schema.js';
import { pattern, PatternError } from '../../pattern/pattern.js';

export interface ToAttributesConfig {
  readonly rules: readonly string[];
  readonly break_after_match: boolean;
  readonly keep_original_name: boolean;
}

export interface NameConfig {
  readonly from_attributes: readonly string[];
  readonly separator: string;
  readonly to_attributes: ToAttributesConfig | undefined;
}

export interface StatusConfig {
  readonly code: string;
  readonly description: string;
}

/** docs/spec/agent.md#attributes-and-resource has `include` and `exclude`. */
export interface Config {
  readonly name: NameConfig;
  readonly status: StatusConfig | undefined;
  readonly include: MatchConfig | undefined;
  readonly exclude: MatchConfig | undefined;
}

/** Codes of a status by the name that they have in the configuration. */
export const statusCodes: ReadonlyMap<string, number> = new Map([
  ['Unset', 0],
  ['Ok', 1],
  ['Error', 2],
]);

const rule = text('', undefined, (source) => {
  try {
    const compiled = pattern(source);
    // A pattern with too many groups to find is one that throws here.
    compiled.findPlaces('');
    return compiled.groupNames.some((name) => name !== '')
      ? undefined
      : 'the pattern has no named group, such as (?P<id>.*), to make an attribute of';
  } catch (thrown) {
    if (thrown instanceof PatternError) return thrown.message;
    throw thrown;
  }
});

const toAttributes: Schema<ToAttributesConfig> = group<ToAttributesConfig>(
  {
    rules: list(rule, [], { about: 'Patterns (RE2) whose named groups become attributes, one after the other.' }),
    break_after_match: flag(false, { about: 'Stops at the first rule that matches.' }),
    keep_original_name: flag(false, {
      about: 'Leaves the name as it is. Otherwise each part that became an attribute is replaced by `{its name}`.',
    }),
  },
  ({ rules }, report) => {
    if (rules.length === 0) report('at least one rule is needed', ['rules']);
  },
);

export const config: Schema<Config> = group<Config>(
  {
    name: group<NameConfig>({
      from_attributes: list(text(), [], {
        about: 'Attributes whose values become the name, when all of them are there.',
      }),
      separator: text('', { about: 'Stands between these values.' }),
      to_attributes: section(toAttributes, { absent: 'off', empty: 'off' }, { about: 'Attributes from the name.' }),
    }),
    status: section(
      group<StatusConfig>(
        {
          code: text('', { about: '`Ok`, `Error` or `Unset`.' }),
          description: text('', { about: 'The message of the status; for `Error` only.' }),
        },
        ({ code, description }, report) => {
          if (!statusCodes.has(code))
            report(`unknown status code "${code}": Ok, Error or Unset`, code === '' ? [] : ['code']);
          else if (code !== 'Error' && description !== '')
            report(`only the status Error has a description, not ${code}`, ['description']);
        },
      ),
      { absent: 'off', empty: 'off' },
      { about: 'Sets the status.' },
    ),
    include: matchSection({ about: 'Only spans that match are changed.' }),
    exclude: matchSection({ about: 'Spans that match are not changed, also where `include` matches them.' }),
  },
  ({ name, status }, report) => {
    if (name.from_attributes.length === 0 && !name.to_attributes && !status)
      report('nothing to do: set `name::from_attributes`, `name::to_attributes` or `status`');
  },
);
