import { duration, flag, group, type Schema, type Shape } from '../../../../component/schema/schema.js';
import { nameMatch, type NameMatch } from '../name-filter.js';

const attributes = {
  'process.pid': true,
  'process.parent_pid': true,
  'process.executable.name': true,
  'process.executable.path': true,
  'process.command': true,
  'process.command_line': true,
  'process.owner': true,
  'process.cgroup': false,
} as const;
export type ProcessAttribute = keyof typeof attributes;

type AttributeOptions = Readonly<Record<ProcessAttribute, { readonly enabled: boolean }>>;

export interface ProcessOptions {
  readonly include: NameMatch<'names'>;
  readonly exclude: NameMatch<'names'>;
  /** Milliseconds. */
  readonly scrape_process_delay: number;
  readonly resource_attributes: AttributeOptions;
  readonly mute_process_all_errors: boolean;
  readonly mute_process_name_error: boolean;
  readonly mute_process_exe_error: boolean;
  readonly mute_process_io_error: boolean;
  readonly mute_process_user_error: boolean;
  readonly mute_process_cgroup_error: boolean;
}

const mute = (what: string): Schema<boolean> => flag(false, { about: `No errors about ${what}.` });

export const processOptions: Shape<ProcessOptions> = {
  include: nameMatch('names', 'Names of executables that are reported; none: all'),
  exclude: nameMatch('names', 'Names of executables that are left out'),
  scrape_process_delay: duration('0s', { about: 'Processes that are younger are left out.' }),
  resource_attributes: group<AttributeOptions>(
    Object.fromEntries(
      Object.entries(attributes).map(([name, on]) => [
        name,
        group({ enabled: flag(on, { about: 'Whether the resource has the attribute.' }) }),
      ]),
    ) as Shape<AttributeOptions>,
  ),
  mute_process_all_errors: mute('single processes at all'),
  mute_process_name_error: mute('names'),
  mute_process_exe_error: mute('paths of executables'),
  mute_process_io_error: mute('`/proc/PID/io`, which belongs to the owner of the process'),
  mute_process_user_error: mute('owners without a name'),
  mute_process_cgroup_error: mute('cgroups'),
};
