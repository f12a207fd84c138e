import { readFileSync, realpathSync, statSync, type Stats } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { FileAttributesOptions } from './attribute-options.js';

/** The attributes that say which file a record is from. Those that cannot be found out are left out. */
export function fileAttributes(path: string, config: FileAttributesOptions): Map<string, string> {
  const attributes = new Map<string, string>();
  if (config.include_file_name) attributes.set('log.file.name', basename(path));
  if (config.include_file_path) attributes.set('log.file.path', path);
  if (config.include_file_name_resolved || config.include_file_path_resolved) {
    const resolved = attempt(() => realpathSync(path)) ?? resolve(path);
    if (config.include_file_name_resolved) attributes.set('log.file.name_resolved', basename(resolved));
    if (config.include_file_path_resolved) attributes.set('log.file.path_resolved', resolved);
  }
  const { include_file_owner_name: owner, include_file_owner_group_name: group } = config;
  if (!owner && !group && !config.include_file_permissions) return attributes;
  const stats: Stats | undefined = attempt(() => statSync(path));
  if (!stats) return attributes;
  if (owner) attributes.set('log.file.owner.name', nameOf(stats.uid, '/etc/passwd'));
  if (group) attributes.set('log.file.owner.group.name', nameOf(stats.gid, '/etc/group'));
  if (config.include_file_permissions) attributes.set('log.file.permissions', (stats.mode & 0o777).toString(8));
  return attributes;
}

/** The name of a user or group in a file of the form `name:password:number:...`; the number for one that has none. */
function nameOf(number: number, list: string): string {
  const lines = attempt(() => readFileSync(list, 'utf8')) ?? '';
  for (const line of lines.split('\n')) {
    const [name = '', , id] = line.split(':');
    if (id === String(number)) return name;
  }
  return String(number);
}

function attempt<T>(what: () => T): T | undefined {
  try {
    return what();
  } catch {
    return undefined;
  }
}
