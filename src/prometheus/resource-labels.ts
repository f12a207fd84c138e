import { identifying } from './resource-names.js';
import { chosenBy } from './wildcard.js';

/** The two groups of options that make labels of the attributes of resources, as both exporters have them. */
export interface ResourceLabelOptions {
  readonly resource_constant_labels:
    | { readonly included: readonly string[]; readonly excluded: readonly string[] }
    | undefined;
  readonly resource_to_telemetry_conversion: {
    readonly enabled: boolean;
    readonly exclude_service_attributes: boolean;
  };
}

/** Which attributes of a resource become labels of its series. */
export function resourceLabels(options: ResourceLabelOptions): (attribute: string) => boolean {
  const { resource_constant_labels: chosen, resource_to_telemetry_conversion: all } = options;
  if (chosen) return chosenBy(chosen.included, chosen.excluded);
  if (!all.enabled) return () => false;
  return all.exclude_service_attributes ? (attribute) => !identifying.has(attribute) : () => true;
}
