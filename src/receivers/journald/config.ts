import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { inUse } from '../../component/schema/in-use.js';
import { choice, flag, group, list, map, text, type Report, type Schema } from '../../component/schema/schema.js';
import { recordShape, type RecordConfig } from '../../inputs/record-options.js';

export interface Config extends RecordConfig {
  readonly directory: string;
  readonly files: readonly string[];
  readonly start_at: 'beginning' | 'end';
  readonly units: readonly string[];
  readonly identifiers: readonly string[];
  readonly matches: readonly Readonly<Record<string, string>>[];
  readonly priority: string;
  readonly grep: string;
  readonly dmesg: boolean;
  readonly all: boolean;
  readonly namespace: string;
  readonly merge: boolean;
  readonly convert_message_bytes: boolean;
  readonly root_path: string;
  readonly journalctl_path: string;
}

export const config: Schema<Config> = inUse(
  group<Config>(
    {
      ...recordShape('Storage extension that keeps the cursor across restarts.'),
      directory: text('', { about: 'Folder of the journal files. Default: the journal of the host.' }),
      files: list(text(), [], { about: 'Journal files to read, in place of a folder; may have wildcards.' }),
      start_at: choice(
        ['beginning', 'end'],
        'end',
        { about: 'Where the first start begins; later ones go on behind what was delivered.' },
        (value) => `invalid value '${value}' for parameter 'start_at'`,
      ),
      units: list(text(), [], { about: 'Only entries of one of these units.' }),
      identifiers: list(text(), [], { about: 'Only entries with one of these identifiers (`SYSLOG_IDENTIFIER`).' }),
      matches: list(map(text()), [], {
        about: 'Only entries for which all fields of one of these have the given value.',
      }),
      priority: text('info', {
        about: 'Only entries of this priority and more urgent ones, or of a range (`err..info`).',
      }),
      grep: text('', { about: 'Only entries whose message matches this regular expression of `journalctl`.' }),
      dmesg: flag(false, { about: 'Only messages of the kernel, of this boot.' }),
      all: flag(false, { about: 'Fields that are very long or cannot be printed are there, too.' }),
      namespace: text('', { about: 'The journal of this namespace.' }),
      merge: flag(false, { about: 'Entries of all journals, those of other hosts too.' }),
      convert_message_bytes: flag(false, { about: 'A `MESSAGE` of bytes becomes text.' }),
      root_path: text('', {
        about: 'Folder that `journalctl` sees as the root of the host (chroot); needs to be root.',
      }),
      journalctl_path: text('journalctl', { about: 'The program, below `root_path` if that is set.' }),
    },
    checkOptions,
  ),
  (value, { report }) => {
    const fault = programFault(value);
    if (fault !== undefined)
      report(fault, ['journalctl_path'], undefined, 'Install systemd, or run Kanmon where the journal is.');
  },
);

function checkOptions(value: Config, report: Report): void {
  const { root_path: root, journalctl_path: program } = value;
  if (program.trim() === '') report("'journalctl_path' must be non-whitespace", ['journalctl_path']);
  if (root !== '' && !path.isAbsolute(root)) report("'root_path' must be an absolute path", ['root_path']);
  else if (root !== '' && !path.isAbsolute(program))
    report("'journalctl_path' must be an absolute path when 'root_path' is set", ['journalctl_path']);
  if (value.directory !== '' && value.files.length > 0)
    report("'files' has no effect beside 'directory'", ['files'], undefined, 'Set one of the two.');
  for (const [i, match] of value.matches.entries())
    for (const name of Object.keys(match))
      if (!/^[_A-Z][_A-Z0-9]*$/.test(name)) report(`'${name}' is not a valid Systemd field name`, ['matches', i, name]);
  for (const [name, given] of Object.entries({
    priority: value.priority,
    grep: value.grep,
    namespace: value.namespace,
  }))
    if (given.includes('\0')) report(`'${name}' has a NUL`, [name]);
}

/** Why `journalctl` cannot be started, as far as it can be known before. */
export function programFault({ root_path: root, journalctl_path: program }: Config): string | undefined {
  if (program.trim() === '') return undefined;
  const isPath = program.includes('/');
  const places = isPath
    ? [path.join(root, program)]
    : (process.env['PATH'] ?? '').split(':').map((each) => path.join(each, program));
  if (places.some(isExecutable)) return undefined;
  return isPath
    ? `start journalctl: exec: ${JSON.stringify(places[0])}: no such executable file`
    : `start journalctl: exec: ${JSON.stringify(program)}: executable file not found in $PATH`;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
