import { readdir, readFile } from 'node:fs/promises';
import os from 'node:os';

const architectures: Readonly<Record<string, string>> = { x64: 'amd64', ia32: 'x86', arm: 'arm32' };
const systems: Readonly<Record<string, string>> = { win32: 'windows', sunos: 'solaris' };

/** `host.arch` as the conventions name it. */
export function architecture(): string {
  return architectures[os.arch()] ?? os.arch();
}

/** `os.type` as the conventions name it. */
export function systemType(): string {
  return systems[os.platform()] ?? os.platform();
}

/** The ID that systemd or D-Bus has given to this installation. */
export async function machineId(root: string): Promise<string> {
  for (const path of ['/etc/machine-id', '/var/lib/dbus/machine-id']) {
    const id = (await readFile(root + path, 'utf8').catch(() => '')).trim();
    if (id !== '') return id;
  }
  throw new Error('neither /etc/machine-id nor /var/lib/dbus/machine-id has an ID');
}

/** The interfaces that are up, without the loopback, as the system has them. */
export async function interfaces(root: string): Promise<readonly { readonly name: string; readonly mac: string }[]> {
  const folder = `${root}/sys/class/net`;
  const found: { name: string; mac: string }[] = [];
  for (const name of await readdir(folder)) {
    const flags = Number(await readFile(`${folder}/${name}/flags`, 'utf8').catch(() => '0'));
    const up = 1;
    const loopback = 8;
    if ((flags & up) === 0 || (flags & loopback) !== 0) continue;
    found.push({ name, mac: (await readFile(`${folder}/${name}/address`, 'utf8').catch(() => '')).trim() });
  }
  return found;
}

/** Addresses of the interfaces that are up, without the loopback. */
export function addresses(): readonly string[] {
  return Object.values(os.networkInterfaces())
    .flatMap((each) => each ?? [])
    .filter(({ internal }) => !internal)
    .map(({ address }) => address);
}

/** `ac:de:48:00:11:22` in the form of the IEEE RA. */
export function ieeeForm(mac: string): string {
  return mac.replaceAll(':', '-').toUpperCase();
}

export interface CpuDescription {
  readonly vendor: string;
  readonly family: string;
  readonly model: string;
  readonly name: string;
  readonly stepping: string;
  /** KiB, as `/proc/cpuinfo` has it. */
  readonly cacheSize: number | undefined;
}

/** The first processor of `/proc/cpuinfo`. */
export async function cpuDescription(root: string): Promise<CpuDescription> {
  const text = await readFile(`${root}/proc/cpuinfo`, 'utf8');
  const [first = ''] = text.split('\n\n');
  const lines = new Map(first.split('\n').map((line) => [line.split(':')[0]?.trim() ?? '', afterColon(line)]));
  const of = (...names: readonly string[]): string => names.map((name) => lines.get(name) ?? '').find(Boolean) ?? '';
  const cache = /^\d+/.exec(of('cache size'))?.[0];
  return {
    vendor: of('vendor_id', 'CPU implementer'),
    family: of('cpu family', 'CPU architecture'),
    model: of('model', 'CPU part'),
    name: of('model name', 'Processor'),
    stepping: of('stepping', 'CPU revision'),
    cacheSize: cache === undefined ? undefined : Number(cache),
  };
}

function afterColon(line: string): string {
  return line.slice(line.indexOf(':') + 1).trim();
}

export interface OsRelease {
  readonly name: string;
  readonly version: string;
  readonly buildId: string;
  readonly description: string;
}

/** The operating system as `/etc/os-release` and the kernel describe it. */
export async function osRelease(root: string): Promise<OsRelease> {
  const paths = ['/etc/os-release', '/usr/lib/os-release'];
  const read = paths.map((path) => readFile(root + path, 'utf8').catch(() => ''));
  const text = (await Promise.all(read)).find(Boolean) ?? '';
  const fields = new Map(
    [...text.matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, key = '', value = '']) => [key, plain(value)]),
  );
  const name = fields.get('ID') ?? os.platform();
  // Debian names its point releases elsewhere.
  const debian = name === 'debian' ? (await readFile(`${root}/etc/debian_version`, 'utf8').catch(() => '')).trim() : '';
  const kernel = `${os.type()} ${os.hostname()} ${os.release()} ${os.version()} ${os.machine()}`;
  const pretty = fields.get('PRETTY_NAME') ?? [fields.get('NAME'), fields.get('VERSION')].filter(Boolean).join(' ');
  return {
    name,
    version: debian || (fields.get('VERSION_ID') ?? ''),
    buildId: fields.get('BUILD_ID') || os.release(),
    description: pretty === '' ? kernel : `${pretty} (${kernel})`,
  };
}

function plain(value: string): string {
  return value.trim().replace(/^(["'])(.*)\1$/, '$2');
}
