import { operatorsOption } from '../../src/entries/config.js';
import { group, type Schema } from '../../src/component/schema/schema.js';
import { decodeConfig } from '../../src/config/decode.js';
import type { Fault } from '../../src/config/fault.js';
import { positionOf } from '../../src/config/place.js';
import { parseYaml } from '../../src/config/yaml/parse.js';

interface Receiver {
  readonly operators: readonly unknown[];
}

const receiver: Schema<Receiver> = group<Receiver>({ operators: operatorsOption({ about: 'Operators under test.' }) });

/** The faults of a receiver's `operators:`, as `validate` says them: `file:line:column: path: message`. */
export function operatorFaults(yaml: string): readonly string[] {
  return foundFaults(yaml).map(({ place, path, message }) => {
    const position = place && positionOf(place);
    return `agent.yaml:${position?.line ?? 0}:${position?.column ?? 0}: ${path}: ${message}`;
  });
}

/** The advice for each of these faults. */
export function operatorAdvice(yaml: string): readonly string[] {
  return foundFaults(yaml).map(({ hint }) => (typeof hint === 'function' ? hint() : hint) ?? '');
}

function foundFaults(yaml: string): readonly Fault[] {
  const parsed = parseYaml({ name: 'agent.yaml', text: yaml });
  if (!parsed.ok) throw new Error(`no YAML: ${parsed.faults.map(({ message }) => message).join(', ')}`);
  const decoded = decodeConfig(receiver, parsed.node, 'receivers::file_log');
  return decoded.ok ? [] : decoded.faults;
}
