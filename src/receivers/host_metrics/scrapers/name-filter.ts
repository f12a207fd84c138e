import { flag, group, int, list, section, text, type Schema } from '../../../component/schema/schema.js';
import { pattern, patternFault, type Pattern } from '../../../pattern/pattern.js';

/** A list of names under a key such as `devices`, and how they match. */
export type NameMatch<Key extends string> = { readonly [K in Key]: readonly string[] } & {
  /** '' only without names. */
  readonly match_type: string;
  readonly regexp: { readonly cacheenabled: boolean; readonly cachemaxnumentries: number } | undefined;
};

/** `include` or `exclude`: names under `key`, of `what`. */
export function nameMatch<const Key extends string>(key: Key, what: string): Schema<NameMatch<Key>> {
  const shape = {
    [key]: list(text(), [], { about: `${what}.` }),
    match_type: text('', {
      about: '`strict`: the same name; `regexp`: a regular expression (RE2) matches a part of it. Required with names.',
    }),
    regexp: section(
      group({
        cacheenabled: flag(false, { about: 'Accepted, without effect.' }),
        cachemaxnumentries: int(0, { about: 'Accepted, without effect.' }),
      }),
      { absent: 'off', empty: 'off' },
      { about: 'The cache of the Collector; patterns are linear in time here and need none.' },
    ),
  };
  return group<NameMatch<Key>>(shape as never, (value, report) => {
    const names: readonly string[] = value[key];
    if (names.length === 0) return;
    const { match_type: type } = value;
    if (type === 'regexp') {
      for (const [i, name] of names.entries()) {
        const fault = patternFault(name);
        if (fault !== undefined) report(fault, [key, i], undefined, 'Write a pattern as RE2 has them.');
      }
    } else if (type !== 'strict')
      report(
        `unrecognized match_type: '${type}', valid types are: [regexp strict]`,
        type === '' ? [] : ['match_type'],
        undefined,
        'Set match_type to strict or regexp.',
      );
  });
}

type Test = (name: string) => boolean;

/** Whether a name is to be reported: it matches `include`, where that has names, and not `exclude`. */
export function nameFilter<Key extends string>(key: Key, include: NameMatch<Key>, exclude: NameMatch<Key>): Test {
  const isIn = include[key].length === 0 ? () => true : matcher(key, include);
  const isOut = exclude[key].length === 0 ? () => false : matcher(key, exclude);
  return (name) => isIn(name) && !isOut(name);
}

function matcher<Key extends string>(key: Key, match: NameMatch<Key>): Test {
  const names: readonly string[] = match[key];
  if (match.match_type === 'strict') {
    const same = new Set(names);
    return (name) => same.has(name);
  }
  const patterns: readonly Pattern[] = names.map((name) => pattern(name));
  return (name) => patterns.some((each) => each.test(name));
}
