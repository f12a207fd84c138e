import { randomUUID } from 'node:crypto';
import type { BuildInfo } from '../component/define.js';
import { detected } from './detectors.js';

export interface ServiceResource {
  readonly attributes: Readonly<Record<string, string>>;
  /** Names configured in the old inline form, which is logged as a warning. */
  readonly inline: readonly string[];
}

/**
 * The resource of the program's own telemetry: name, version and a fresh instance ID, attributes that detectors find,
 * and those of the configuration, which win; null removes one (docs/spec/core.md#telemetry-config). Throws on an
 * unknown detector.
 */
export function serviceResource(
  config: Readonly<Record<string, unknown>> | undefined,
  build: BuildInfo,
): ServiceResource {
  const given = config ?? {};
  const attributes: Record<string, string> = {
    ...detected(given['detection/development'] ?? given['detectors']),
    'service.instance.id': randomUUID(),
    'service.name': build.command,
    'service.version': build.version,
  };
  const list = given['attributes'];
  const inline: string[] = [];
  if (Array.isArray(list) || 'schema_url' in given || 'detection/development' in given || 'detectors' in given) {
    for (const entry of (Array.isArray(list) ? list : []) as { name?: unknown; value?: unknown }[])
      if (typeof entry.name === 'string' && entry.name !== '') attributes[entry.name] = plainText(entry.value);
  } else {
    for (const [name, value] of Object.entries(given)) {
      inline.push(name);
      if (value === null) delete attributes[name];
      else attributes[name] = plainText(value);
    }
  }
  return {
    attributes: Object.fromEntries(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1))),
    inline: inline.sort(),
  };
}

/** Text unchanged, anything else as JSON. */
function plainText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
