import { capabilityWords, unresolved } from '../component/capability.js';
import type { Definition, ExtensionDefinition } from '../component/define.js';
import { extensionIds, type ExtensionId } from '../component/schema/extension-ids.js';
import type { Assembled } from './assemble.js';
import type { Configured } from './checked.js';
import type { Components } from './components.js';
import { nearest, type Fault } from './fault.js';

/**
 * Every place in a component that will run must name an extension that runs and has the capability which is needed
 * there. Components that no pipeline uses are never created, so that what they name is not looked at.
 */
export function checkExtensionIds(config: Assembled, available: Components): Fault[] {
  return running(config).flatMap((component) =>
    extensionIds(component.definition.config, component.config).flatMap((named) => {
      const fault = faultOf(named, config, available);
      return fault ? [component.fault(named.path, fault.message, fault.hint)] : [];
    }),
  );
}

/** The capabilities that a configured extension has. */
export function providedBy({ definition, config }: Configured<Definition>): ExtensionDefinition['provides'] & {} {
  if (definition.kind !== 'extension') return [];
  return definition.providesWith?.(config) ?? definition.provides ?? [];
}

function running({ components, pipelines, extensions }: Assembled): Configured<Definition>[] {
  const used = new Set(
    pipelines.flatMap(({ receivers, processors, exporters }) => [...receivers, ...processors, ...exporters]),
  );
  const listed = new Set(extensions.map(({ id }) => id));
  const { receivers, processors, exporters, connectors } = components;
  return [
    ...[receivers, processors, exporters, connectors].flatMap((section) =>
      [...section.values()].filter(({ id }) => used.has(id)),
    ),
    ...[...components.extensions.values()].filter(({ id }) => listed.has(id)),
  ];
}

function faultOf(
  { id, capability }: ExtensionId,
  { components, ids, extensions }: Assembled,
  available: Components,
): { readonly message: string; readonly hint: string } | undefined {
  const runs = extensions.some((reference) => reference.id === id);
  const target = components.extensions.get(id);
  // One that could not be decoded is a fault already.
  if (runs && ids.extensions.has(id) && !target) return undefined;
  if (runs && target && providedBy(target).includes(capability)) return undefined;
  const able = [...components.extensions.values()]
    .filter((each) => providedBy(each).includes(capability))
    .map((each) => each.id);
  if (target && !runs && able.includes(id))
    return {
      message: unresolved(capability, id, 'missing'),
      hint: `It is configured, and does not run: add ${JSON.stringify(id)} to \`service::extensions\`.`,
    };
  return {
    message: unresolved(capability, id, target && runs ? 'wrong' : 'missing'),
    hint: hintOf(capability, id, able, available),
  };
}

function hintOf(
  capability: ExtensionId['capability'],
  id: string,
  able: readonly string[],
  available: Components,
): string {
  const near = nearest(id, able);
  if (near !== undefined) return `Did you mean ${JSON.stringify(near)}?`;
  if (able.length > 0) return `Extensions of this configuration that can be named here: ${able.toSorted().join(', ')}.`;
  const types = [...available.extensions.values()]
    .filter(({ provides }) => provides?.includes(capability))
    .map(({ type }) => type);
  const { role } = capabilityWords[capability];
  return types.length === 0
    ? `No extension can be named here: remove it.`
    : `Configure one under \`extensions\` and list it under \`service::extensions\`; types that can be the ` +
        `${role}: ${types.join(', ')}.`;
}
