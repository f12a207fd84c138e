import {
  attributeMatch,
  regexpSection,
  type AttributeMatch,
  type RegexpConfig,
} from '../../attributes/match/match-config.js';
import { flag, group, list, section, text, type Docs, type Schema } from '../../component/schema/schema.js';

/** Which metrics are meant, in the oldest form. */
export interface MetricMatch {
  /** `strict`, `regexp` or `expr`; '' where no text is compared. */
  readonly match_type: string;
  readonly regexp: RegexpConfig | undefined;
  readonly metric_names: readonly string[];
  readonly expressions: readonly string[];
  readonly resource_attributes: readonly AttributeMatch[];
}

/** Which log records are meant, in the oldest form. */
export interface LogMatch {
  readonly match_type: string;
  readonly resource_attributes: readonly AttributeMatch[];
  readonly record_attributes: readonly AttributeMatch[];
  readonly severity_texts: readonly string[];
  readonly severity_number: { readonly min: string; readonly match_undefined: boolean } | undefined;
  readonly bodies: readonly string[];
}

const off = { absent: 'off', empty: 'off' } as const;
const resourceAttributes = (): Schema<readonly AttributeMatch[]> =>
  list(attributeMatch, [], { about: 'Attributes of the resource, all of which must match.' });

export function metricMatch(docs: Docs): Schema<MetricMatch | undefined> {
  return section(
    group<MetricMatch>({
      match_type: text('', {
        about: '`strict`: the same text; `regexp`: a regular expression (RE2); `expr`: an expression of Expr.',
      }),
      regexp: regexpSection(),
      metric_names: list(text(), [], { about: 'Names of metrics, or patterns.' }),
      expressions: list(text(), [], {
        about: 'Expressions for `expr`: a metric matches when one of them holds for one of its data points.',
      }),
      resource_attributes: resourceAttributes(),
    }),
    off,
    docs,
  );
}

export function logMatch(docs: Docs): Schema<LogMatch | undefined> {
  return section(
    group<LogMatch>({
      match_type: text('', { about: '`strict`: the same text; `regexp`: a regular expression (RE2).' }),
      resource_attributes: resourceAttributes(),
      record_attributes: list(attributeMatch, [], { about: 'Attributes of the record, all of which must match.' }),
      severity_texts: list(text(), [], { about: 'Texts of the severity.' }),
      severity_number: section(
        group<NonNullable<LogMatch['severity_number']>>({
          min: text(
            '',
            { about: 'The lowest severity that matches: `INFO`, `WARN2`, or a number in quotes.' },
            (min) =>
              min === '' || severityNumber(min) > 0 ? undefined : `"${min}" is no severity, such as WARN or "13"`,
          ),
          match_undefined: flag(false, { about: 'Whether a record without a severity matches.' }),
        }),
        off,
        { about: 'The number of the severity.' },
      ),
      bodies: list(text(), [], { about: 'Bodies; one that is no text as JSON.' }),
    }),
    off,
    docs,
  );
}

const severityNames = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

/** 1 to 24 for `trace` to `FATAL4` or their numbers; 0 for no severity. */
export function severityNumber(given: string): number {
  const [, name = '', step = ''] = /^([A-Z]+)([2-4]?)$/.exec(given.toUpperCase()) ?? [];
  const level = severityNames.indexOf(name);
  if (level >= 0) return level * 4 + Number(step === '' ? 1 : step);
  return /^([1-9]|1[0-9]|2[0-4])$/.test(given) ? Number(given) : 0;
}
