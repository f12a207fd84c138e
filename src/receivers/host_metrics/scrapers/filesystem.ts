import type { StatsFs } from 'node:fs';
import { readlinkSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { flag, type Schema } from '../../../component/schema/schema.js';
import type { MountList } from '../host/host-paths.js';
import type { ObservedHost } from '../host/observed-host.js';
import { SpaceOfMounts } from '../host/space-of-mounts.js';
import type { PointSink } from '../metrics/host-metric.js';
import { parseFilesystems, parseMountInfo, parseMounts, type Mount } from '../text/mounts.js';
import { hostScraper, type HostScraper } from './host-scraper.js';
import { nameFilter, nameMatch, type NameMatch } from './name-filter.js';

interface Options {
  readonly include_virtual_filesystems: boolean;
  readonly include_devices: NameMatch<'devices'>;
  readonly exclude_devices: NameMatch<'devices'>;
  readonly include_fs_types: NameMatch<'fs_types'>;
  readonly exclude_fs_types: NameMatch<'fs_types'>;
  readonly include_mount_points: NameMatch<'mount_points'>;
  readonly exclude_mount_points: NameMatch<'mount_points'>;
}

interface Space {
  readonly mount: Mount;
  readonly used: number;
  readonly free: number;
  readonly reserved: number;
  readonly usedInodes: number;
  readonly freeInodes: number;
}

type Reading = readonly Space[];

const devices = (what: string): Schema<NameMatch<'devices'>> => nameMatch('devices', what);
const types = (what: string): Schema<NameMatch<'fs_types'>> => nameMatch('fs_types', what);
const points = (what: string): Schema<NameMatch<'mount_points'>> => nameMatch('mount_points', what);

const ofMount = ['device', 'mode', 'mountpoint', 'type'];
const withState = [...ofMount, 'state'];

function add(to: PointSink, { device, mode, mountpoint, type }: Mount, value: number, state?: string): void {
  to.add(value, device, mode, mountpoint, type, state);
}

export const filesystemScraper: HostScraper = hostScraper<Options, Reading>({
  name: 'filesystem',
  options: {
    include_virtual_filesystems: flag(false, {
      about: 'Also file systems without a device, such as `tmpfs` and `proc`, and bind mounts.',
    }),
    include_devices: devices('Devices that are reported; none: all'),
    exclude_devices: devices('Devices that are left out'),
    include_fs_types: types('Types that are reported, such as `ext4`; none: all'),
    exclude_fs_types: types('Types that are left out'),
    include_mount_points: points('Mount points of the host that are reported; none: all'),
    exclude_mount_points: points('Mount points that are left out'),
  },
  metrics: [
    {
      name: 'system.filesystem.usage',
      unit: 'By',
      description: 'Filesystem bytes used.',
      kind: 'sum',
      number: 'int',
      attributes: withState,
      on: true,
      points(reading, to) {
        for (const { mount, used, free, reserved } of reading) {
          add(to, mount, used, 'used');
          add(to, mount, free, 'free');
          add(to, mount, reserved, 'reserved');
        }
      },
    },
    {
      name: 'system.filesystem.inodes.usage',
      unit: '{inodes}',
      description: 'FileSystem inodes used.',
      kind: 'sum',
      number: 'int',
      attributes: withState,
      on: true,
      points(reading, to) {
        for (const { mount, usedInodes, freeInodes } of reading) {
          add(to, mount, usedInodes, 'used');
          add(to, mount, freeInodes, 'free');
        }
      },
    },
    {
      name: 'system.filesystem.utilization',
      unit: '1',
      description: 'Fraction of filesystem bytes used.',
      kind: 'gauge',
      number: 'double',
      attributes: ofMount,
      on: false,
      points(reading, to) {
        for (const { mount, used, free } of reading) add(to, mount, used + free > 0 ? used / (used + free) : 0);
      },
    },
  ],
  reading(options, { host }) {
    const space = new SpaceOfMounts(host.clock);
    const isDevice = nameFilter('devices', options.include_devices, options.exclude_devices);
    const isType = nameFilter('fs_types', options.include_fs_types, options.exclude_fs_types);
    const isPoint = nameFilter('mount_points', options.include_mount_points, options.exclude_mount_points);
    return async (faults) => {
      const reading: Space[] = [];
      const seen = new Set<string>();
      for (const { mount, place } of mountsOf(host, options.include_virtual_filesystems)) {
        if (!isDevice(mount.device) || !isType(mount.type) || !isPoint(mount.mountpoint)) continue;
        const identity = [mount.device, mount.mountpoint, mount.type, mount.mode].join('\n');
        if (seen.has(identity)) continue;
        seen.add(identity);
        try {
          reading.push(spaceOf(mount, await space.of(place)));
        } catch (error) {
          faults.add(error, 0, `failed to read usage at ${place}`);
        }
      }
      return reading;
    };
  },
});

function spaceOf(mount: Mount, { bsize, blocks, bfree, bavail, files, ffree }: StatsFs): Space {
  const used = (blocks - bfree) * bsize;
  const free = bavail * bsize;
  return {
    mount,
    used,
    free,
    reserved: blocks * bsize - used - free,
    usedInodes: files - ffree,
    freeInodes: ffree,
  };
}

interface PlacedMount {
  /** With the mount point as the host has it. */
  readonly mount: Mount;
  /** Where it is for this process. */
  readonly place: string;
}

function* mountsOf(host: ObservedHost, withVirtual: boolean): Generator<PlacedMount> {
  const { mounts, view } = readMounts(host);
  const stored = withVirtual ? undefined : host.files.parse(host.paths.proc('filesystems'), parseFilesystems);
  for (const mount of mounts) {
    if (stored && (mount.isBind || mount.device === 'none' || !stored.has(mount.type))) continue;
    yield placed({ ...mount, device: deviceOf(mount, host) }, host.paths.root, view);
  }
}

function readMounts(host: ObservedHost): { readonly mounts: readonly Mount[]; readonly view: MountList['view'] } {
  let failure: unknown;
  for (const { folder, view } of host.paths.mountLists) {
    for (const [name, parse] of [
      ['mountinfo', parseMountInfo],
      ['mounts', parseMounts],
    ] as const) {
      try {
        return { mounts: host.files.parse(`${folder}/${name}`, parse), view };
      } catch (error) {
        failure = error;
      }
    }
  }
  throw failure;
}

/**
 * A list of this process has `root_path` in the paths of what is mounted below it already; a list of the host does not.
 */
function placed(mount: Mount, root: string, view: MountList['view']): PlacedMount {
  const { mountpoint } = mount;
  const isBelow = view === 'own' && root !== '' && (mountpoint === root || mountpoint.startsWith(`${root}/`));
  if (isBelow) return { mount: { ...mount, mountpoint: mountpoint.slice(root.length) || '/' }, place: mountpoint };
  return { mount, place: path.join(root === '' ? '/' : root, mountpoint) };
}

/** The device behind `/dev/root` and behind the names of the device mapper. */
function deviceOf({ device, number }: Mount, { paths }: ObservedHost): string {
  try {
    if (device === '/dev/root' && number !== '')
      return `/dev/${path.basename(readlinkSync(paths.sys(`dev/block/${number}`)))}`;
    if (device.startsWith('/dev/mapper/')) {
      const real = realpathSync(paths.dev(device.slice('/dev/'.length)));
      return real.startsWith(`${paths.root}/`) ? real.slice(paths.root.length) : real;
    }
  } catch {
    // The name that it was mounted by is the best there is.
  }
  return device;
}
