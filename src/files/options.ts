import {
  choice,
  duration,
  extensionId,
  flag,
  group,
  int,
  list,
  text,
  type Report,
  type Schema,
  type Shape,
} from '../component/schema/schema.js';
import { inUse } from '../component/schema/in-use.js';
import { operatorsOption, type OperatorList } from '../entries/config.js';
import { logSizeOption, parseByteSize } from '../component/schema/byte-size.js';
import { checkLines, encodingOption, multilineOption, type Multiline } from '../lines/options.js';
import { patternFault } from '../pattern/pattern.js';
import { canLockFiles } from './file-locks.js';
import { FileGlobs } from './glob-set.js';
import { GlobError } from './glob-syntax.js';
import type { OnTruncate } from './identification.js';
import type { FileCompression } from './head.js';
import { orderingOptions, type OrderingOptions } from './ordering-options.js';

export interface HeaderOptions {
  readonly pattern: string;
  readonly metadata_operators: OperatorList;
}

/** Options of every receiver that reads files (docs/spec/agent.md#file-log-config). Times in milliseconds. */
export interface FileOptions {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly exclude_older_than: number;
  readonly ordering_criteria: OrderingOptions;
  readonly start_at: 'beginning' | 'end';
  readonly poll_interval: number;
  readonly max_concurrent_files: number;
  readonly max_batches: number;
  readonly fingerprint_size: string;
  readonly initial_buffer_size: string;
  readonly max_log_size: string;
  readonly max_log_size_behavior: 'split' | 'truncate';
  readonly encoding: string;
  readonly multiline: Multiline;
  readonly force_flush_period: number;
  readonly preserve_leading_whitespaces: boolean;
  readonly preserve_trailing_whitespaces: boolean;
  readonly compression: FileCompression;
  readonly on_truncate: OnTruncate;
  readonly delete_after_read: boolean;
  readonly acquire_fs_lock: boolean;
  readonly file_cache_advise: boolean;
  readonly header: HeaderOptions;
  readonly storage: string;
  readonly polls_to_archive: number;
}

const deletionGate = 'filelog.allowFileDeletion';
const headerGate = 'filelog.allowHeaderMetadataParsing';

const notNegative = (ms: number): string | undefined => (ms < 0 ? 'must not be negative' : undefined);

export const headerOptions: Schema<HeaderOptions> = group<HeaderOptions>(
  {
    pattern: text('', { about: 'Lines at the beginning of a file that match are its header.' }, (source) => {
      const fault = source === '' ? undefined : patternFault(source);
      return fault && `invalid config for 'header': failed to compile 'pattern': ${fault}`;
    }),
    metadata_operators: operatorsOption({
      about: 'Operators that read header lines; their attributes go to all records.',
    }),
  },
  (value, report) => {
    const { pattern, metadata_operators: operators } = value;
    if (pattern === '' && operators.length === 0) return;
    if (operators.length === 0)
      report("invalid config for 'header': at least one operator must be specified for `metadata_operators`", [
        'metadata_operators',
      ]);
    if (pattern === '') report("invalid config for 'header': 'pattern' must be specified", ['pattern']);
  },
);

export const fileShape: Shape<FileOptions> = {
  include: globs('include', { about: 'Globs of the files to read: `*`, `**`, `?`, `[a-z]`, `{a,b}`.' }),
  exclude: globs('exclude', { about: 'Globs of files that are left out.' }),
  exclude_older_than: duration(
    '0s',
    { about: 'Leave out files that were last changed longer ago; 0: none.' },
    notNegative,
  ),
  ordering_criteria: orderingOptions,
  start_at: choice(
    ['beginning', 'end'],
    'end',
    { about: 'Where reading begins in files that are there at the first start; later ones are read whole.' },
    (value) => `invalid start_at location '${value}'`,
  ),
  poll_interval: duration('200ms', { about: 'The longest time until a change is found.' }, (ms) =>
    ms <= 0 ? 'must be positive' : undefined,
  ),
  max_concurrent_files: int(1024, { about: 'Files that are kept open.' }, (n) =>
    n <= 0 ? "'max_concurrent_files' must be positive" : undefined,
  ),
  max_batches: int(
    0,
    { about: 'Read only the first so many times half of `max_concurrent_files` files; 0: all.' },
    (n) => (n < 0 ? "'max_batches' must not be negative" : undefined),
  ),
  fingerprint_size: logSizeOption('1kb', { about: 'First bytes by which a file is known.', unit: 'bytes' }, (bytes) =>
    bytes < 16 ? "'fingerprint_size' must be at least 16 bytes" : undefined,
  ),
  initial_buffer_size: logSizeOption(
    '16KiB',
    { about: 'Bytes that are read of a file at first.', unit: 'bytes' },
    (bytes) => (bytes < 1 ? "'initial_buffer_size' must be positive" : undefined),
  ),
  max_log_size: logSizeOption('1MiB', { about: 'The longest body.', unit: 'bytes' }, (bytes) =>
    bytes < 1 ? "'max_log_size' must be positive" : undefined,
  ),
  max_log_size_behavior: choice(
    ['split', 'truncate'],
    'split',
    { about: 'The rest of a longer line becomes further records, or nothing.' },
    () => "'max_log_size_behavior' must be either 'split' or 'truncate'",
  ),
  encoding: encodingOption,
  multiline: multilineOption,
  force_flush_period: duration(
    '500ms',
    { about: 'A line without an end counts as one when the file has not grown for this long; 0: never.' },
    notNegative,
  ),
  preserve_leading_whitespaces: flag(false, { about: 'Keep blanks before a line.' }),
  preserve_trailing_whitespaces: flag(false, { about: 'Keep blanks behind a line.' }),
  compression: choice(['', 'gzip', 'auto'], '', {
    about: '`gzip`: files are compressed; `auto`: those are that begin as gzip files do.',
  }),
  on_truncate: choice(
    ['ignore', 'read_whole_file', 'read_new'],
    'read_whole_file',
    {
      about:
        'A file that is shorter than what was read of it, with the same first bytes: wait until it is longer, read ' +
        'it whole, or what comes behind its present end.',
    },
    () => "'on_truncate' must be one of: ignore, read_whole_file, read_new",
  ),
  delete_after_read: inUse(
    flag(false, { about: 'Delete a file when the pipelines have accepted all of it.' }),
    (value, { report, gates }) => {
      if (value && !gates.has(deletionGate)) report(`'delete_after_read' requires feature gate '${deletionGate}'`);
    },
  ),
  acquire_fs_lock: inUse(
    flag(false, { about: 'Take a shared lock (flock) of a file while it is read; one that is locked is left alone.' }),
    (value, { report }) => {
      if (value && !canLockFiles())
        report('files are locked by the command flock, which is not there', [], undefined, 'Install util-linux.');
    },
  ),
  file_cache_advise: inUse(flag(false, { about: 'Not supported: Node has no call for it.' }), (value, { report }) => {
    if (value) report('file_cache_advise is not supported: Node has no call for it', [], undefined, 'Remove it.');
  }),
  header: inUse(headerOptions, ({ pattern }, { report, gates }) => {
    if (pattern !== '' && !gates.has(headerGate)) report(`'header' requires feature gate '${headerGate}'`);
  }),
  storage: extensionId('storage', { about: 'Storage extension that keeps offsets across restarts.' }, true),
  polls_to_archive: int(0, { about: 'With `storage`: how many further generations of files are remembered.' }, (n) =>
    n < 0 ? "'polls_to_archive' must not be negative" : undefined,
  ),
};

/** Checks what several of the options say together. */
export function checkFiles(value: FileOptions, report: Report): void {
  if (value.include.length === 0) report("'include' must be specified", ['include']);
  if (value.start_at === 'end') {
    if (value.delete_after_read)
      report("'delete_after_read' cannot be used with 'start_at: end'", ['delete_after_read']);
    if (value.header.pattern !== '') report("'header' cannot be specified with 'start_at: end'", ['header']);
  }
  if (value.polls_to_archive > 0 && value.storage === '')
    report("'polls_to_archive' needs 'storage'", ['polls_to_archive']);
  checkLines(value, report);
}

/** Bytes of an option whose form was checked. */
export function bytesOf(option: string): number {
  return parseByteSize(option) ?? 0;
}

function globs(option: string, docs: { readonly about: string }): Schema<readonly string[]> {
  return list(
    text('', undefined, (source) => {
      try {
        void new FileGlobs([source]);
        return undefined;
      } catch (error) {
        if (error instanceof GlobError) return `${option}: ${error.message}`;
        throw error;
      }
    }),
    [],
    docs,
  );
}
