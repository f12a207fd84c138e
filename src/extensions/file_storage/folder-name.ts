import { createHash } from 'node:crypto';
import type { StorageOwner } from '../../component/storage.js';

/** Bytes of a name that every file system takes, with room for a suffix. */
const longest = 200;

/**
 * The folder of an owner's data, named as the Collector names its files (docs/spec/core.md#file-storage):
 * `exporter_otlp_eu_traces`. No two owners have the same: an underscore within a name is escaped like other characters,
 * and the last part is there even when it is empty.
 */
export function folderName({ kind, id, name }: StorageOwner): string {
  const slash = id.indexOf('/');
  const [type, instance] = slash < 0 ? [id, ''] : [id.slice(0, slash), id.slice(slash + 1)];
  const whole = `${kind}_${escaped(type, /[^\w.-]/gu)}_${escaped(instance)}_${escaped(name)}`;
  if (whole.length <= longest) return whole;
  const digest = createHash('sha256').update(whole).digest('hex').slice(0, 32);
  return `${whole.slice(0, longest - digest.length - 1)}~${digest}`;
}

function escaped(text: string, unsafe: RegExp = /[^A-Za-z0-9.-]/gu): string {
  return text.replace(unsafe, (character) => {
    let units = '';
    for (let i = 0; i < character.length; i++)
      units += `~${character.charCodeAt(i).toString(16).toUpperCase().padStart(4, '0')}`;
    return units;
  });
}
