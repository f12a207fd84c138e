import { any, flag, group, int, list, section, text, type Docs, type Schema } from '../../component/schema/schema.js';

/** Items that are meant: those that have all the properties set here (docs/spec/agent.md#attributes-and-resource). */
export interface MatchConfig {
  /** `strict` or `regexp`; '' where no text is compared. */
  readonly match_type: string;
  readonly regexp: RegexpConfig | undefined;
  readonly services: readonly string[];
  readonly span_names: readonly string[];
  readonly span_kinds: readonly string[];
  readonly log_bodies: readonly string[];
  readonly log_severity_texts: readonly string[];
  readonly log_severity_number: SeverityConfig | undefined;
  readonly metric_names: readonly string[];
  readonly attributes: readonly AttributeMatch[];
  readonly resources: readonly AttributeMatch[];
  readonly libraries: readonly LibraryMatch[];
}

export interface RegexpConfig {
  readonly cacheenabled: boolean;
  readonly cachemaxnumentries: number;
}

interface SeverityConfig {
  readonly min: number;
  readonly match_undefined: boolean;
}

export interface AttributeMatch {
  readonly key: string;
  /** Undefined or null: any value. */
  readonly value: unknown;
}

export interface LibraryMatch {
  readonly name: string;
  /** Text; undefined or null: any version. */
  readonly version: unknown;
}

export const attributeMatch: Schema<AttributeMatch> = group<AttributeMatch>({
  key: text('', { about: 'The name of the attribute.' }),
  value: any({ about: 'Its value, or for `regexp` a pattern; without it, any.' }),
});

const libraryMatch: Schema<LibraryMatch> = group<LibraryMatch>(
  {
    name: text('', { about: 'The name of the scope.' }),
    version: any({ about: 'Its version; without it, any. An empty one means a scope without a version.' }),
  },
  ({ version }, report) => {
    if (version !== undefined && version !== null && typeof version !== 'string')
      report('a text expected: write the version in quotes', ['version']);
  },
);

/** The options of a cache for patterns. */
export function regexpSection(): Schema<RegexpConfig | undefined> {
  return section(
    group<RegexpConfig>({
      cacheenabled: flag(false, { about: 'Accepted, without effect.' }),
      cachemaxnumentries: int(0, { about: 'Accepted, without effect.' }),
    }),
    { absent: 'off', empty: 'off' },
    { about: 'The cache of the Collector; patterns are linear in time here and need none.' },
  );
}

/** `include` or `exclude`. */
export function matchSection(docs: Docs): Schema<MatchConfig | undefined> {
  return section(matchGroup, { absent: 'off', empty: 'off' }, docs);
}

const matchGroup: Schema<MatchConfig> = group<MatchConfig>({
  match_type: text('', {
    about: '`strict`: the same text; `regexp`: a regular expression (RE2) matches a part of it.',
  }),
  regexp: regexpSection(),
  services: list(text(), [], { about: 'Spans: `service.name` of the resource.' }),
  span_names: list(text(), [], { about: 'Spans: the name.' }),
  span_kinds: list(text(), [], { about: 'Spans: the kind, such as `SPAN_KIND_SERVER`.' }),
  log_bodies: list(text(), [], { about: 'Log records: the body; one that is no text as JSON.' }),
  log_severity_texts: list(text(), [], { about: 'Log records: the text of the severity.' }),
  log_severity_number: section(
    group<SeverityConfig>({
      min: int(0, { about: 'The lowest severity that matches, such as 9 for INFO.' }),
      match_undefined: flag(false, { about: 'Whether a record without a severity matches.' }),
    }),
    { absent: 'off', empty: 'off' },
    { about: 'Log records: the number of the severity.' },
  ),
  metric_names: list(text(), [], { about: 'Data points: the name of the metric.' }),
  attributes: list(attributeMatch, [], { about: 'Spans, log records: attributes, all of which must match.' }),
  resources: list(attributeMatch, [], { about: 'Attributes of the resource, all of which must match.' }),
  libraries: list(libraryMatch, [], { about: 'Spans, log records: the scope, which all entries must match.' }),
});
