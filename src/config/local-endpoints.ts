import { existsSync } from 'node:fs';
import { kinds, type Kind } from '../component/schema/schema.js';
import type { Assembled } from './assemble.js';
import type { CheckedConfig } from './checked.js';
import { locate, type MapNode } from './node.js';

/** Files that Docker and Podman put into containers, and a variable that Kubernetes sets in all. */
export function inContainer(env: NodeJS.ProcessEnv = process.env): boolean {
  return env['KUBERNETES_SERVICE_HOST'] !== undefined || existsSync('/.dockerenv') || existsSync('/run/.containerenv');
}

/**
 * A warning for each receiver of a pipeline that listens on localhost because its configuration names no address: in a
 * container nothing outside reaches it. One that is written is meant.
 */
export function localWarnings({ components, pipelines }: Assembled, root: MapNode): CheckedConfig['warnings'] {
  const used = new Set(pipelines.flatMap(({ receivers }) => receivers));
  return [...components.receivers.values()].flatMap(({ id, definition, config }) => {
    if (!used.has(id)) return [];
    const section = root.entries.get('receivers')?.node;
    const [key] = section?.kind === 'map' ? [...section.entries.keys()].filter((name) => trimmed(name) === id) : [];
    const local = endpointsOf(kinds.get(definition.config), config, []).filter(
      ({ path }) => !isWritten(root, ['receivers', key ?? id, ...path]),
    );
    if (local.length === 0) return [];
    const endpoints = local.map(({ endpoint }) => endpoint);
    return [
      {
        message:
          `${JSON.stringify(id)} listens on localhost, which nothing outside of this container reaches: write ` +
          endpoints.map((each) => `\`endpoint: ${each.replace('localhost', '0.0.0.0')}\``).join(' and '),
        fields: { endpoints },
      },
    ];
  });
}

function trimmed(key: string): string {
  return key
    .split('/')
    .map((part) => part.trim())
    .join('/');
}

interface Local {
  readonly path: readonly string[];
  readonly endpoint: string;
}

/** Servers on localhost: groups with an endpoint and the transport that only servers have. */
function endpointsOf(kind: Kind | undefined, value: unknown, path: readonly string[]): Local[] {
  if (typeof value !== 'object' || value === null) return [];
  if (kind?.kind === 'section') return endpointsOf(kinds.get(kind.element), value, path);
  if (kind?.kind !== 'group') return [];
  const { endpoint } = value as { readonly endpoint?: unknown };
  const found: Local[] = [];
  if ('transport' in kind.shape && typeof endpoint === 'string' && endpoint.startsWith('localhost:'))
    found.push({ path: [...path, 'endpoint'], endpoint });
  for (const [key, schema] of Object.entries(kind.shape)) {
    const below = (value as Readonly<Record<string, unknown>>)[key];
    found.push(...endpointsOf(kinds.get(schema), below, [...path, key]));
  }
  return found;
}

function isWritten(root: MapNode, path: readonly string[]): boolean {
  const above = locate(root, path.slice(0, -1)).node;
  return above.kind === 'map' && above.entries.has('endpoint');
}
