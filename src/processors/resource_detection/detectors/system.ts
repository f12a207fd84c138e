import { Cancellation, unlessCancelled, type CancelSignal } from '../../../component/cancellation.js';
import { choice, group, list } from '../../../component/schema/schema.js';
import { FoundAttributes, switches, type Switched } from '../detection/attributes.js';
import type { DetectorKind, DetectorServices } from '../detection/detector.js';
import { hostName, hostnameSources, type HostnameSource } from '../system/host-names.js';
import {
  addresses,
  architecture,
  ieeeForm,
  interfaces,
  machineId,
  cpuDescription,
  osRelease,
  systemType,
} from '../system/machine.js';

const off = [
  'host.arch',
  'host.cpu.cache.l2.size',
  'host.cpu.family',
  'host.cpu.model.id',
  'host.cpu.model.name',
  'host.cpu.stepping',
  'host.cpu.vendor.id',
  'host.id',
  'host.interface',
  'host.ip',
  'host.mac',
  'os.build.id',
  'os.description',
  'os.name',
  'os.version',
] as const;
type SystemAttribute = 'host.name' | 'os.type' | (typeof off)[number];

export interface SystemOptions extends Switched<SystemAttribute> {
  readonly hostname_sources: readonly HostnameSource[];
}

/** A name server that does not answer must not keep the next source waiting, milliseconds. */
const namesMs = 2000;
const usualSources: readonly HostnameSource[] = ['dns', 'os'];

/** The operating system and its machine. Attributes that cannot be read are left out, and logged. */
export const system: DetectorKind<SystemOptions> = {
  config: group<SystemOptions>({
    hostname_sources: list(
      choice<HostnameSource>(
        hostnameSources,
        'os',
        undefined,
        (value) => `hostname_sources contains invalid value: ${JSON.stringify(value)}`,
      ),
      [],
      {
        about:
          'Where `host.name` comes from, the first that has it: `dns` (hosts file, DNS, reverse look-up), `os`, ' +
          '`cname`, `lookup` (reverse look-up); `[dns, os]` when empty.',
      },
    ),
    resource_attributes: switches(['host.name', 'os.type'], off),
  }),
  create(options, services) {
    const { root, logger } = services;
    const sources = options.hostname_sources.length > 0 ? options.hostname_sources : usualSources;
    return {
      async detect(signal) {
        const found = new FoundAttributes(options).set('os.type', systemType()).set('host.arch', architecture());
        const part = async (names: readonly SystemAttribute[], read: () => Promise<void> | void): Promise<void> => {
          if (!found.wants(...names)) return;
          try {
            await read();
          } catch (error) {
            logger.warn('Some attributes of the system cannot be read and are left out', { attributes: names, error });
          }
        };
        if (found.wants('host.name')) found.set('host.name', await nameOf(sources, services, signal));
        await part(['host.id'], async () => void found.set('host.id', await machineId(root)));
        await part(['host.ip'], () => void found.set('host.ip', addresses()));
        await part(['host.mac', 'host.interface'], async () => {
          const all = await interfaces(root);
          const macs = all.map(({ mac }) => mac).filter((mac) => mac !== '');
          found
            .set(
              'host.interface',
              all.map(({ name }) => name),
            )
            .set('host.mac', macs.map(ieeeForm));
        });
        await part(
          off.filter((name) => name.startsWith('host.cpu.')),
          async () => {
            const cpu = await cpuDescription(root);
            found
              .set('host.cpu.vendor.id', cpu.vendor)
              .set('host.cpu.family', cpu.family)
              .set('host.cpu.model.id', cpu.model)
              .set('host.cpu.model.name', cpu.name)
              .set('host.cpu.stepping', cpu.stepping)
              .set('host.cpu.cache.l2.size', cpu.cacheSize);
          },
        );
        await part(
          off.filter((name) => name.startsWith('os.')),
          async () => {
            const { name, version, buildId, description } = await osRelease(root);
            found
              .set('os.name', name)
              .set('os.version', version || undefined)
              .set('os.build.id', buildId)
              .set('os.description', description);
          },
        );
        return found.found();
      },
    };
  },
};

async function nameOf(
  sources: readonly HostnameSource[],
  { root, clock, logger }: DetectorServices,
  signal: CancelSignal,
): Promise<string> {
  const faults: string[] = [];
  for (const source of sources) {
    const within = new Cancellation();
    const cancel = clock.after(namesMs, () => within.abort('deadline'));
    const follow = (): void => within.abort(signal.cancelledBy ?? 'sender');
    signal.addEventListener('abort', follow);
    try {
      return await unlessCancelled(hostName(source, root, within), within);
    } catch (error) {
      const { message } = error as Error;
      logger.debug('A source of the host name has none', { source, error: message });
      faults.push(`${source}: ${message}`);
    } finally {
      cancel();
      signal.removeEventListener('abort', follow);
    }
  }
  throw new Error(`no source has the host name (${faults.join('; ')})`);
}
