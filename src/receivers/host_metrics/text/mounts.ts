import type { Columns } from './columns.js';

export interface Mount {
  /** As mounted: `/dev/sda1`, `tmpfs`. */
  readonly device: string;
  /** `8:1`; '' where the file does not say. */
  readonly number: string;
  readonly mountpoint: string;
  readonly type: string;
  readonly mode: 'rw' | 'ro' | 'unknown';
  /** A part of a file system, mounted a second time. */
  readonly isBind: boolean;
}

/** Throws for a line that is none of `mountinfo`. */
export function parseMountInfo(columns: Columns): readonly Mount[] {
  const mounts: Mount[] = [];
  while (columns.nextLine()) {
    if (!columns.skip(3)) continue;
    const number = columns.text();
    columns.nextColumn();
    const root = columns.text();
    columns.nextColumn();
    const mountpoint = unescaped(columns.text());
    columns.nextColumn();
    const options = columns.text();
    // Any number of optional fields ends with a hyphen.
    while (columns.nextColumn() && !columns.is('-'));
    if (!columns.is('-') || !columns.nextColumn()) throw new Error(`no type of the mount at ${mountpoint}`);
    const type = columns.text();
    columns.nextColumn();
    const device = unescaped(columns.text());
    columns.nextColumn();
    const isBind = root !== '/' && device.startsWith('/') && type !== 'btrfs';
    mounts.push({ device, number, mountpoint, type, isBind, mode: modeOf(options, columns.text()) });
  }
  return mounts;
}

/** `/proc/mounts`, which older kernels have alone. */
export function parseMounts(columns: Columns): readonly Mount[] {
  const mounts: Mount[] = [];
  while (columns.nextLine()) {
    if (!columns.nextColumn()) continue;
    const device = unescaped(columns.text());
    if (!columns.nextColumn()) continue;
    const mountpoint = unescaped(columns.text());
    if (!columns.nextColumn()) continue;
    const type = columns.text();
    columns.nextColumn();
    mounts.push({ device, number: '', mountpoint, type, isBind: false, mode: modeOf(columns.text(), '') });
  }
  return mounts;
}

/** Types of /proc/filesystems that store something on a device. */
export function parseFilesystems(columns: Columns): ReadonlySet<string> {
  const types = new Set<string>();
  while (columns.nextLine()) {
    if (!columns.nextColumn()) continue;
    const isVirtual = columns.is('nodev');
    if (isVirtual) columns.nextColumn();
    // The module says that it needs no device because it looks after a pool of them itself.
    if (!isVirtual || columns.is('zfs')) types.add(columns.text());
  }
  return types;
}

/** Read-only when the mount is, or the file system. */
function modeOf(ofMount: string, ofFilesystem: string): Mount['mode'] {
  const options = [...ofMount.split(','), ...ofFilesystem.split(',')];
  if (options.includes('ro')) return 'ro';
  return options.includes('rw') ? 'rw' : 'unknown';
}

/** Blanks and backslashes stand in octal digits. */
function unescaped(text: string): string {
  if (!text.includes('\\')) return text;
  return Buffer.from(
    Buffer.from(text)
      .toString('latin1')
      .replaceAll(/\\([0-3][0-7]{2})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))),
    'latin1',
  ).toString('utf8');
}
