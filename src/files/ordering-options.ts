import {
  choice,
  duration,
  flag,
  group,
  int,
  list,
  text,
  type Report,
  type Schema,
} from '../component/schema/schema.js';
import { inUse } from '../component/schema/in-use.js';
import { formatFault } from '../formats/time/strptime.js';
import { hasZone } from '../formats/time/time-zone.js';
import { patternFault } from '../pattern/pattern.js';

/** How files are sorted; a later rule decides before an earlier one. */
export interface SortOptions {
  readonly sort_type: 'numeric' | 'alphabetical' | 'timestamp' | 'mtime';
  readonly regex_key: string;
  readonly ascending: boolean;
  readonly layout: string;
  readonly location: string;
  /** Milliseconds. */
  readonly max_time: number;
}

export interface OrderingOptions {
  readonly regex: string;
  readonly group_by: string;
  readonly top_n: number;
  readonly sort_by: readonly SortOptions[];
}

const mtimeGate = 'filelog.mtimeSortType';

const compiles = (source: string): string | undefined => {
  const fault = source === '' ? undefined : patternFault(source);
  return fault && `compile regex: ${fault}`;
};

const sortOptions: Schema<SortOptions> = group<SortOptions>(
  {
    sort_type: choice(
      ['numeric', 'alphabetical', 'timestamp', 'mtime'],
      'numeric',
      { about: 'How the values are compared; `mtime` is the time of the last change, the latest first.' },
      () => "'sort_type' must be specified",
    ),
    regex_key: text('', { about: 'The named group of `regex` with the value.' }),
    ascending: flag(false, { about: 'The smallest value comes first.' }),
    layout: text('', { about: 'Layout of a timestamp, in the directives of strptime.' }),
    location: text('', { about: 'Time zone of a timestamp that names none; default UTC.' }, (name) =>
      name === '' || hasZone(name) ? undefined : `load location ${name}: unknown time zone ${name}`,
    ),
    max_time: duration('0s', { about: 'With `mtime`: files that were changed longer ago are left out; 0: none.' }),
  },
  checkSort,
);

function checkSort({ sort_type: type, regex_key: key, layout }: SortOptions, report: Report): void {
  if (type === 'mtime') return;
  if (key === '') report(`${type} sort: regex key must be specified`, ['regex_key']);
  if (type !== 'timestamp') return;
  if (layout === '') report('timestamp sort: layout must be specified', ['layout']);
  const fault = layout === '' ? undefined : formatFault(layout);
  if (fault !== undefined) report(`timestamp sort: ${fault}`, ['layout']);
}

/** The option `ordering_criteria`. */
export const orderingOptions: Schema<OrderingOptions> = inUse(
  group<OrderingOptions>(
    {
      regex: text('', { about: 'Pattern with named groups, for the paths of files.' }, compiles),
      group_by: text('', { about: 'Pattern whose first group says which files belong together.' }, compiles),
      top_n: int(1, { about: 'How many files of each group are read.' }, (n) =>
        n < 0 ? "'top_n' must be a positive integer" : undefined,
      ),
      sort_by: list(sortOptions, [], { about: 'How the files of a group are sorted; the first ones are read.' }),
    },
    ({ regex, sort_by }, report) => {
      if (regex === '' && sort_by.some(({ sort_type }) => sort_type !== 'mtime'))
        report("'regex' must be specified when 'sort_by' is specified", ['regex']);
    },
  ),
  ({ sort_by }, { report, gates }) => {
    const at = sort_by.findIndex(({ sort_type }) => sort_type === 'mtime');
    if (at >= 0 && !gates.has(mtimeGate))
      report(
        `the "${mtimeGate}" feature gate must be enabled to use "mtime" sort type`,
        ['sort_by', at, 'sort_type'],
        undefined,
        `Start with --feature-gates=${mtimeGate}.`,
      );
  },
);
