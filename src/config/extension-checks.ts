import { capabilityWords, unresolved } from '../component/capability.js';
import type { Definition, ExtensionDefinition } from '../component/define.js';
import { extensionIds, type ExtensionId } from '../component/schema/extension-ids.js';
import type { Assembled } from './assemble.js';
import type { Configured } from './checked.js';
import type { Components } from './components.js';
import { nearest, type Fault } from './fault.js';
import { running } from './running.js';

/**
 * Every place in a component that will run must name an extension that runs and has the capability which is needed
 * there. Components that no pipeline uses are never created, so that what they name is not looked at.
 */
export function checkExtensionIds(config: Assembled, available: Components): Fault[] {
  const listed = new Set(config.extensions.map(({ id }) => id));
  return running(config).flatMap(({ component }) =>
    extensionIds(component.definition.config, component.config).flatMap((named) => {
      const fault = faultOf(named, config, available, listed);
      return fault ? [{ ...component.fault(named.path, fault.message, undefined), hint: fault.hint }] : [];
    }),
  );
}

/** The capabilities that a configured extension has. */
export function providedBy({ definition, config }: Configured<Definition>): ExtensionDefinition['provides'] & {} {
  if (definition.kind !== 'extension') return [];
  return definition.providesWith?.(config) ?? definition.provides ?? [];
}

function faultOf(
  { id, capability }: ExtensionId,
  { components, ids }: Assembled,
  available: Components,
  listed: ReadonlySet<string>,
): { readonly message: string; readonly hint: string | (() => string) } | undefined {
  const runs = listed.has(id);
  const target = components.extensions.get(id);
  // One that could not be decoded is a fault already.
  if (runs && ids.extensions.has(id) && !target) return undefined;
  if (runs && target && providedBy(target).includes(capability)) return undefined;
  if (target && !runs && providedBy(target).includes(capability))
    return {
      message: unresolved(capability, id, 'missing'),
      hint: `It is configured, and does not run: add ${JSON.stringify(id)} to \`service::extensions\`.`,
    };
  return {
    message: unresolved(capability, id, target && runs ? 'wrong' : 'missing'),
    hint: () => hintOf(capability, id, components.extensions, available),
  };
}

function hintOf(
  capability: ExtensionId['capability'],
  id: string,
  extensions: Assembled['components']['extensions'],
  available: Components,
): string {
  const able = [...extensions.values()].filter((each) => providedBy(each).includes(capability)).map((each) => each.id);
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
