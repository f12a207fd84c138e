import type { Report } from '../../component/schema/schema.js';

const declarative = ['attributes', 'schema_url', 'detectors', 'detection/development', 'attributes_list'];

/**
 * Checks the two forms of `service::telemetry::resource`, which cannot be mixed (docs/spec/core.md#telemetry-config).
 */
export function checkResource(resource: unknown, report: Report): void {
  if (resource === undefined || resource === null) return;
  if (typeof resource !== 'object' || Array.isArray(resource)) {
    report(`expected a map or struct, got "${Array.isArray(resource) ? 'slice' : typeof resource}"`, ['resource']);
    return;
  }
  const keys = Object.keys(resource);
  if (keys.includes('attributes_list'))
    report('attributes_list is not supported; use attributes', ['resource', 'attributes_list']);
  if (keys.some((key) => declarative.includes(key))) {
    const legacy = keys.filter((key) => !declarative.includes(key));
    if (legacy.length > 0)
      report(`the inline form (${legacy.join(', ')}) can't be mixed with attributes`, ['resource']);
    const { attributes } = resource as { attributes?: unknown };
    if (attributes === undefined || attributes === null) return;
    if (!Array.isArray(attributes)) {
      report('expected a list of {name, value}', ['resource', 'attributes']);
      return;
    }
    attributes.forEach((attribute: unknown, i) => {
      if (typeof attribute !== 'object' || attribute === null)
        report('expected {name, value}', ['resource', 'attributes', i]);
      else if ('type' in attribute && typeof attribute.type === 'string')
        report(`'resource.attributes[${i}].type' expected a map or struct, got "string"`, [
          'resource',
          'attributes',
          i,
          'type',
        ]);
    });
    return;
  }
  for (const [key, value] of Object.entries(resource))
    if (value !== null && typeof value !== 'string')
      report(`legacy resource attribute ${JSON.stringify(key)} must be string or null`, ['resource', key]);
}
