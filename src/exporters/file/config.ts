import type { TextFault } from '../../component/config-value-error.js';
import { inUse, inUseUnless } from '../../component/schema/in-use.js';
import { unwritable } from '../../component/unwritable.js';
import { choice, duration, flag, group, int, section, text, type Schema } from '../../component/schema/schema.js';

export interface RotationConfig {
  readonly max_megabytes: number;
  /** 0: for ever. */
  readonly max_days: number;
  readonly max_backups: number;
  readonly localtime: boolean;
}

export interface GroupByConfig {
  readonly enabled: boolean;
  readonly resource_attribute: string;
  readonly max_open_files: number;
}

/** Options of the exporter (docs/spec/agent.md#file-exporter). Times in milliseconds. */
export interface Config {
  readonly path: string;
  readonly format: 'json' | 'proto';
  readonly append: boolean;
  readonly compression: '' | 'zstd';
  readonly compression_params: { readonly level: number };
  readonly rotation: RotationConfig | undefined;
  readonly flush_interval: number;
  readonly encoding: string;
  readonly group_by: GroupByConfig;
  readonly create_directory: boolean;
  readonly directory_permissions: string;
}

const options: Schema<Config> = group<Config>(
  {
    path: text('', { about: 'The file; with `group_by` it holds one `*`.' }),
    format: choice(
      ['json', 'proto'],
      'json',
      { about: '`json` writes one line per request, `proto` each behind its length.' },
      () => 'format type is not supported',
    ),
    append: flag(false, { about: 'Keep what the file holds at start.' }),
    compression: choice(
      ['', 'zstd'],
      '',
      { about: 'Each request as a frame of its own, behind its length.' },
      () => 'compression is not supported',
    ),
    compression_params: group({ level: int(0, { about: 'Effort of the compression, 1 to 22; 0 the default.' }) }),
    rotation: section<RotationConfig>(
      group<RotationConfig>({
        max_megabytes: int(100, { about: 'Largest file before a new one begins.', unit: 'MiB' }),
        max_days: int(0, { about: 'Days after which old files are deleted; 0: never.' }),
        max_backups: int(100, { about: 'Old files to keep; 0 all.' }),
        localtime: flag(false, { about: 'Name old files by local time instead of UTC.' }),
      }),
      { absent: 'off', empty: 'on' },
      { about: 'Begin a new file when one is full.' },
    ),
    flush_interval: duration('1s', {
      about: 'How long data may wait in memory for its file; with `rotation` nothing waits.',
    }),
    encoding: inUseUnless(text('', { about: 'Not supported: an extension that encodes.' }), (value) =>
      value === ''
        ? undefined
        : { message: `encoding ${JSON.stringify(value)} is not supported`, hint: 'Remove it, and set `format`.' },
    ),
    group_by: group<GroupByConfig>({
      enabled: flag(false, { about: 'A file for each value of an attribute of the resource.' }),
      resource_attribute: text('fileexporter.path_segment', { about: 'That attribute.' }),
      max_open_files: int(100, { about: 'Files open at a time; the longest unused is closed for a new one.' }),
    }),
    create_directory: flag(false, { about: 'Create the folders of `path`.' }),
    directory_permissions: text('', { about: 'Permissions of created folders, octal; 0755 when empty.' }),
  },
  (value, report) => {
    if (value.path === '') report('path must be non-empty', ['path']);
    if (value.append && value.rotation) report('append and rotation enabled at the same time is not supported');
    if (value.flush_interval <= 0) report('flush_interval must be larger than zero', ['flush_interval']);
    if (value.group_by.enabled && value.path.split('*').length !== 2)
      report('path must contain exactly one * when group_by is enabled', ['path']);
    if (value.group_by.enabled && value.group_by.resource_attribute === '')
      report('resource_attribute must not be empty when group_by is enabled', ['group_by', 'resource_attribute']);
    if (!/^[0-7]*$/.test(value.directory_permissions))
      report('directory_permissions value must be a valid octal representation', ['directory_permissions']);
  },
);

/** With `group_by` the files are made when there is something for them. */
export const config: Schema<Config> = inUse(options, ({ path, group_by, create_directory }, { report }) => {
  const fault = group_by.enabled ? starFault(path) : unwritable(path, create_directory);
  if (fault)
    report(
      fault.message,
      ['path'],
      undefined,
      fault.message.endsWith('no such file or directory')
        ? `${fault.hint} Or set \`create_directory: true\`.`
        : fault.hint,
    );
});

/** A value of a sender in place of the first folder could lead anywhere. */
function starFault(path: string): TextFault | undefined {
  return path.startsWith('*')
    ? {
        message: 'path must not begin with * when group_by is enabled',
        hint: 'Put a folder before it, such as ./data/*.json.',
      }
    : undefined;
}
