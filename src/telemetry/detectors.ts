import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { shownCommandLine } from '../component/command-line.js';

type Attributes = Readonly<Record<string, string>>;

/**
 * The attributes that each detector finds, by their names in OpenTelemetry's semantic conventions; unknown ones are
 * left out.
 */
const detectors: Readonly<Record<string, () => Attributes>> = {
  container() {
    const id =
      /[0-9a-f]{64}/.exec(textOf('/proc/self/cgroup') ?? '')?.[0] ??
      /containers\/([0-9a-f]{64})\//.exec(textOf('/proc/self/mountinfo') ?? '')?.[1];
    return id === undefined ? {} : { 'container.id': id };
  },
  host() {
    const id = (textOf('/etc/machine-id') ?? textOf('/var/lib/dbus/machine-id'))?.trim();
    return { 'host.name': os.hostname(), ...(id ? { 'host.id': id } : {}) };
  },
  process: () => ({
    'process.pid': String(process.pid),
    'process.executable.name': path.basename(process.execPath),
    'process.executable.path': process.execPath,
    'process.command_args': JSON.stringify(shownCommandLine()),
    'process.owner': owner(),
    'process.runtime.name': 'nodejs',
    'process.runtime.version': process.versions.node,
    'process.runtime.description': 'Node.js',
  }),
  // The attributes of the service are always present.
  service: () => ({}),
};

/** The attributes of the detectors that `detection/development` names. Throws on an unknown detector. */
export function detected(config: unknown): Attributes {
  if (config === undefined || config === null) return {};
  const list = Array.isArray(config) ? config : ((config as { detectors?: unknown }).detectors ?? []);
  if (!Array.isArray(list)) throw new Error('failed to create resource: detectors must be a list such as [{host: {}}]');
  const found: Record<string, string> = {};
  for (const entry of list as readonly unknown[]) {
    for (const name of typeof entry === 'object' && entry !== null ? Object.keys(entry) : [String(entry)]) {
      const detector = Object.hasOwn(detectors, name) ? detectors[name] : undefined;
      if (!detector)
        throw new Error(
          `failed to create resource: unknown detector ${JSON.stringify(name)}: use ` +
            Object.keys(detectors).join(', '),
        );
      Object.assign(found, detector());
    }
  }
  return found;
}

function textOf(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** The name of the user, or the number of one that has no name. */
function owner(): string {
  try {
    return os.userInfo().username;
  } catch {
    return String(process.getuid?.() ?? '');
  }
}
