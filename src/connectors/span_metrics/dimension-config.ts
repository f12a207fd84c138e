import { z } from 'zod';
import { group, kinds, list, text, type Report, type Schema } from '../../component/schema/schema.js';
import { globFault, globPattern } from '../../pattern/glob.js';
import { pattern } from '../../pattern/pattern.js';

/** An attribute that becomes one of the metrics: a name, or a glob for names. */
export interface DimensionConfig {
  readonly name: string;
  readonly glob: string;
  /** Undefined where none was given. */
  readonly default: string | undefined;
}

/** None is another thing than an empty text, which is a value. */
function fallback(): Schema<string | undefined> {
  const schema: Schema<string | undefined> = z.undefined().or(text());
  kinds.set(schema, {
    kind: 'text',
    docs: { about: 'The value where there is no such attribute; without it there is no such dimension then.' },
  });
  return schema;
}

export function dimensions(about: string): Schema<readonly DimensionConfig[]> {
  return list(
    group<DimensionConfig>({
      name: text('', { about: 'Name of an attribute of the span, else of its resource.' }),
      glob: text('', { about: 'In place of a name: all attributes whose names match, such as `http.*`.' }),
      default: fallback(),
    }),
    [],
    { about },
  );
}

/** Names that the metrics have by themselves. */
export const builtInNames = {
  service: 'service.name',
  name: 'span.name',
  kind: 'span.kind',
  status: 'status.code',
  instance: 'collector.instance.id',
} as const;

const reserved = [
  builtInNames.service,
  builtInNames.kind,
  builtInNames.status,
  builtInNames.name,
  builtInNames.instance,
];

/** Reports what is wrong with a list of dimensions: docs/spec/gateway.md#span-metrics-config. */
export function checkDimensions(
  what: string,
  list: readonly DimensionConfig[],
  path: readonly string[],
  report: Report,
): void {
  const names = new Set<string>(reserved);
  const globs: { readonly glob: string; readonly at: readonly (string | number)[] }[] = [];
  for (const [i, { name, glob, default: value }] of list.entries()) {
    const at = [...path, i];
    const fault = (message: string, field?: string): void =>
      report(`failed validating ${what}: ${message}`, field === undefined ? at : [...at, field]);
    if (name !== '' && glob !== '')
      fault(
        `dimension entry must set only one of \`name\` or \`glob\`, got both: name=${JSON.stringify(name)} ` +
          `glob=${JSON.stringify(glob)}`,
      );
    else if (name === '' && glob === '') fault('dimension entry must set one of `name` or `glob`');
    else if (name !== '') {
      if (names.has(name)) fault(`duplicate dimension name ${JSON.stringify(name)}`, 'name');
      names.add(name);
    } else if (value !== undefined)
      fault(`\`default\` is not supported on \`glob\` dimension ${JSON.stringify(glob)}`, 'default');
    else {
      const wrong = globFault(glob);
      if (wrong !== undefined) fault(`invalid dimension glob ${JSON.stringify(glob)}: ${wrong}`, 'glob');
      else globs.push({ glob, at: [...at, 'glob'] });
    }
  }
  for (const { glob, at } of globs) {
    const matcher = pattern(globPattern(glob));
    const taken = [...names].find((name) => matcher.test(name));
    if (taken !== undefined)
      report(
        `failed validating ${what}: duplicate dimension name ${JSON.stringify(taken)} conflicting with glob ` +
          JSON.stringify(glob),
        at,
      );
  }
}
