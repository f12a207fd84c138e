import type { Config } from './config.js';

/** A program and its arguments. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

/** The command that reads the journal on and on. `cursor`: behind this entry; undefined: as `start_at` says. */
export function journalCommand(config: Config, cursor: string | undefined): Command {
  const { root_path: root, journalctl_path: program } = config;
  const args = journalArguments(config, cursor);
  return root === '' ? { program, args } : { program: 'chroot', args: [root, program, ...args] };
}

function journalArguments(config: Config, cursor: string | undefined): readonly string[] {
  const { directory, files, matches } = config;
  const fromEnd = cursor === undefined && config.start_at === 'end';
  return [
    '--utc',
    '--output=json',
    '--follow',
    fromEnd ? '--lines=0' : '--no-tail',
    ...each('--unit', config.units),
    ...each('--identifier', config.identifiers),
    ...some('--priority', config.priority),
    ...some('--grep', config.grep),
    ...(config.dmesg ? ['--dmesg'] : []),
    ...some('--namespace', config.namespace),
    ...(directory === '' ? each('--file', files) : ['--directory', directory]),
    ...(config.all ? ['--all'] : []),
    ...(config.merge ? ['--merge'] : []),
    ...some('--after-cursor', cursor ?? ''),
    ...matches.flatMap((match, i) => [...(i > 0 ? ['+'] : []), ...fieldsOf(match)]),
  ];
}

const each = (option: string, values: readonly string[]): string[] => values.flatMap((value) => [option, value]);
const some = (option: string, value: string): string[] => (value === '' ? [] : [option, value]);

function fieldsOf(match: Readonly<Record<string, string>>): string[] {
  return Object.keys(match)
    .toSorted()
    .map((name) => `${name}=${match[name] ?? ''}`);
}
