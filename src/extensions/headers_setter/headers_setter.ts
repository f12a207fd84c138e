import type { Origin } from '../../component/client-auth.js';
import type { ComponentContext, Providing } from '../../component/define.js';
import type { Config, HeaderConfig } from './config.js';

export function createHeadersSetter({ headers }: Config, _context: ComponentContext): Providing<'client_auth'> {
  const steps = headers.map((header) => ({ ...header, key: header.key.toLowerCase() }));
  return {
    offers: {
      client_auth: {
        requestHeaders(present, origin) {
          const fields: Record<string, string> = { ...present };
          try {
            for (const step of steps) apply(step, fields, origin);
          } catch (error) {
            return Promise.reject(error as Error);
          }
          return Promise.resolve(fields);
        },
      },
    },
  };
}

function apply(step: HeaderConfig, fields: Record<string, string>, origin: Origin): void {
  const { key, action } = step;
  const isThere = Object.hasOwn(fields, key);
  if (action === 'delete') delete fields[key];
  else if (action === 'upsert' || (action === 'insert' ? !isThere : isThere)) fields[key] = valueOf(step, origin);
}

function valueOf(
  { value, from_context: name, from_attribute: attribute, default_value: fallback }: HeaderConfig,
  { metadata, auth }: Origin,
): string {
  if (name !== '') {
    const values = metadata.get(name.toLowerCase()) ?? [];
    if (values.length > 1)
      throw new Error(`${values.length} source keys found in the context, can't determine which one to use`);
    return values[0] ?? fallback;
  }
  if (attribute === '') return value;
  const found = auth?.get(attribute);
  if (found === undefined || found === null) return fallback;
  return typeof found === 'string' ? found : JSON.stringify(found);
}
