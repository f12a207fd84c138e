import type { ConfigNode } from '../../config/node.js';
import type { Component, DeploymentModel, Pipeline } from './deployment.js';

/**
 * Something behind a component tells the instances of its tier apart: an attribute that is detected, or set from a
 * variable, such as the name of the pod.
 */
export function hasIdentity({ feeds }: DeploymentModel, component: Component): boolean {
  if (component.config.at('collector_instance_id').isSet) return true;
  const into = [...feeds].flatMap(([pipeline, ways]) =>
    ways.some(({ by }) => by.kind === 'connector' && by.connector === component) ? [pipeline] : [],
  );
  return into.length > 0 && into.every(setsIdentity);
}

/** A processor or an exporter of the pipeline sets what tells instances apart. */
export function setsIdentity({ processors, exporters }: Pipeline): boolean {
  const ofProcessor = processors.some(
    ({ component }) =>
      component !== undefined &&
      (component.traits.detects === true ||
        (component.traits.setsAttributes === true && varies(component.config.node))),
  );
  return ofProcessor || exporters.every(({ component }) => varies(component?.config.at('external_labels').node));
}

/** Some value below comes from a variable. */
function varies(node: ConfigNode | undefined): boolean {
  switch (node?.kind) {
    case undefined:
      return false;
    case 'hole':
      return true;
    case 'scalar':
      return node.unset !== undefined || node.from !== undefined || node.through !== undefined;
    case 'list':
      return node.items.some(varies);
    case 'map':
      return [...node.entries.values()].some((entry) => varies(entry.node));
  }
}
