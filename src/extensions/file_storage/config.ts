import fs from 'node:fs';
import path from 'node:path';
import { inUse } from '../../component/schema/in-use.js';
import { duration, flag, group, int, text, type Schema } from '../../component/schema/schema.js';
import type { TextFault } from '../../component/config-value-error.js';

/** When files are written anew without what is no longer needed. Times in milliseconds. */
export interface CompactionConfig {
  readonly on_start: boolean;
  readonly on_rebound: boolean;
  readonly directory: string;
  readonly rebound_needed_threshold_mib: number;
  readonly rebound_trigger_threshold_mib: number;
  /** Bytes; 0: a file at once. */
  readonly max_transaction_size: number;
  readonly check_interval: number;
  readonly cleanup_on_start: boolean;
}

/** Options of the extension (docs/spec/core.md#file-storage). Times in milliseconds. */
export interface Config {
  readonly directory: string;
  /** 0: without end. */
  readonly timeout: number;
  readonly fsync: boolean;
  readonly create_directory: boolean;
  readonly directory_permissions: string;
  /** Bytes; 0: any number. */
  readonly max_size: number;
  readonly recreate: boolean;
  readonly compaction: CompactionConfig;
}

/** Bytes of a name, and of a path to which more is added. */
const mostOfName = 255;
const mostOfPath = 3500;

const defaultDirectory = '/var/lib/otelcol/file_storage';

const compaction: Schema<CompactionConfig> = group<CompactionConfig>({
  on_start: flag(false, { about: 'When the data of a component is opened.' }),
  on_rebound: flag(false, { about: 'While it is in use, once it was large and has become small.' }),
  directory: text(defaultDirectory, { about: 'Where a file is written before it takes the place of the old one.' }),
  rebound_needed_threshold_mib: int(100, { about: 'It was large: its files had this size.', unit: 'MiB' }),
  rebound_trigger_threshold_mib: int(10, { about: 'It has become small: its values have less.', unit: 'MiB' }),
  max_transaction_size: int(65_536, { about: 'Written at once; 0 writes a file at once.', unit: 'By' }),
  check_interval: duration('5s', { about: 'Between two looks at the sizes.' }),
  cleanup_on_start: flag(false, {
    about: 'Remove the files `tempdb*` in `compaction::directory` that a killed process left.',
  }),
});

const options: Schema<Config> = group<Config>(
  {
    directory: text(defaultDirectory, { about: 'Where the data is kept. One process owns it.' }),
    timeout: duration('1s', {
      about: 'How long the start waits for a directory that another process has; 0 waits without end.',
    }),
    fsync: flag(false, {
      about:
        'Acknowledge a write only when the medium has it, so that it outlives the power too. Without it, it outlives ' +
        'the end of the process.',
    }),
    create_directory: flag(false, { about: 'Create `directory`, and that of the compaction, when they are missing.' }),
    directory_permissions: text('0750', {
      about: 'Permissions of created directories, octal, without those that the umask takes.',
    }),
    max_size: int(0, { about: 'Most that the files of one component may have; 0 sets no limit.', unit: 'By' }),
    recreate: flag(false, {
      about: 'Data that can not be read at all is set aside, and the component starts without it.',
    }),
    compaction,
  },
  (value, report) => {
    const { directory_permissions: permissions, compaction: compact } = value;
    if (!/^[0-7]+$/.test(permissions))
      report('directory_permissions value must be a valid octal representation', ['directory_permissions']);
    else if (parseInt(permissions, 8) > 0o777)
      report('directory_permissions contain invalid bits for file access', ['directory_permissions']);
    if (value.max_size < 0) report('max size cannot be less than 0', ['max_size']);
    if (compact.max_transaction_size < 0)
      report('max transaction size for compaction cannot be less than 0', ['compaction', 'max_transaction_size']);
    if (compact.on_rebound && compact.check_interval <= 0)
      report('compaction check interval must be positive when rebound compaction is set', [
        'compaction',
        'check_interval',
      ]);
  },
);

export const config: Schema<Config> = inUse(options, (value, { report }) => {
  const fault = directoryFault(value.directory, value.create_directory);
  if (fault) report(fault.message, ['directory'], undefined, fault.hint);
  const { on_start, on_rebound, directory } = value.compaction;
  if (!on_start && !on_rebound) return;
  const compactFault = directoryFault(directory, value.create_directory);
  if (compactFault) report(compactFault.message, ['compaction', 'directory'], undefined, compactFault.hint);
});

/** The reason why no file can be made in a directory, as far as it can be known without touching it. */
function directoryFault(directory: string, creates: boolean): TextFault | undefined {
  if (directory === '') return { message: 'directory must be non-empty', hint: 'Name a directory.' };
  const longest = Math.max(...directory.split('/').map((name) => Buffer.byteLength(name)));
  if (longest > mostOfName || Buffer.byteLength(path.resolve(directory)) > mostOfPath)
    return { message: `mkdir ${directory.slice(0, 100)}...: file name too long`, hint: 'Name another directory.' };
  const isMissing = !fs.existsSync(directory);
  if (isMissing && !creates)
    return {
      message:
        `directory must exist: stat ${directory}: no such file or directory. ` +
        'You can enable the create_directory option to automatically create it',
      hint: 'Create it, or set `create_directory: true`.',
    };
  const there = isMissing ? nearestThere(directory) : directory;
  if (!fs.statSync(there).isDirectory()) return { message: `${there} is not a directory`, hint: 'Name a directory.' };
  try {
    fs.accessSync(there, fs.constants.W_OK | fs.constants.X_OK);
    return undefined;
  } catch (error) {
    return {
      message: `problem accessing configured directory: ${there}, err: ${(error as Error).message}`,
      hint: 'Name a directory that the user of this program may write to.',
    };
  }
}

function nearestThere(directory: string): string {
  let at = path.resolve(directory);
  while (!fs.existsSync(at) && path.dirname(at) !== at) at = path.dirname(at);
  return at;
}
