import { useFaults, type ListeningPlace } from '../component/schema/in-use.js';
import { telemetryConfig } from '../telemetry/config.js';
import type { Assembled } from './assemble.js';
import type { CheckedConfig } from './checked.js';
import type { Fault } from './fault.js';
import { ListeningPlaces } from './listening-places.js';
import { running } from './running.js';
import { warningAt } from './warning.js';

/**
 * Everything that would keep a component, or the own telemetry, from running and can be known without opening a port:
 * files that are missing, endpoints that cannot be, options that are not supported (`inUse` of the schemas).
 */
export function checkUse(
  config: Assembled,
  gates: ReadonlySet<string>,
  env: Readonly<Record<string, string | undefined>>,
): { readonly faults: readonly Fault[]; readonly warnings: CheckedConfig['warnings'] } {
  const faults: Fault[] = [];
  const warnings: CheckedConfig['warnings'][number][] = [];
  const places = new ListeningPlaces();
  const requiresTls = (id: string): boolean => {
    const definition = config.components.extensions.get(id)?.definition;
    return definition?.kind === 'extension' && definition.requiresTls === true;
  };
  for (const { component, signals } of running(config)) {
    const { id, definition } = component;
    const of = { 'otelcol.component.id': id, 'otelcol.component.kind': definition.kind };
    const warn = (message: string, fields?: Readonly<Record<string, unknown>>): void =>
      void warnings.push({ message, fields: { ...of, ...fields } });
    for (const { message, path, at, hint } of useFaults(definition.config, component.config, {
      signals,
      gates,
      env,
      warn,
      requiresTls,
      listens: (place) => places.claim(place, `${definition.kind} ${JSON.stringify(id)}`),
      warnAt: (path, message, hint) => void warnings.push(warningAt(component.fault(path, message, hint), of)),
    }))
      faults.push(component.fault(path, message, hint, at));
  }
  const ofService = {
    signals: new Set<never>(),
    gates,
    env,
    requiresTls,
    listens: (place: ListeningPlace) => places.claim(place, 'service::telemetry'),
    warn: (message: string) => void warnings.push({ message }),
    warnAt: (path: readonly (string | number)[], message: string, hint: string) =>
      void warnings.push(warningAt(config.telemetryFault(path, message, hint), {})),
  };
  for (const { message, path, at, hint } of useFaults(telemetryConfig, config.telemetry, ofService))
    faults.push(config.telemetryFault(path, message, hint, at));
  return { faults, warnings };
}
