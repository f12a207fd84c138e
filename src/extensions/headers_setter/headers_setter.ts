import type { Origin } from '../../component/client-auth.js';
import type { ComponentContext, Providing } from '../../component/define.js';
import { DeliveryError } from '../../component/delivery-error.js';
import { isFieldValue } from '../../component/schema/header-field.js';
import type { Config, HeaderConfig } from './config.js';

/** Characters of a sender's value that become a header: servers refuse a longer one, or the whole connection. */
const mostCharacters = 8192;

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
  else if (action === 'upsert' || (action === 'insert' ? !isThere : isThere))
    fields[key] = checked(key, valueOf(step, origin));
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

/** The value, if a request can carry it. Throws a permanent `DeliveryError`: only its own request is refused. */
function checked(key: string, value: string): string {
  const fault =
    value.length > mostCharacters
      ? `is longer than ${mostCharacters} characters`
      : // Over gRPC the value of such a name is Base64.
        !key.endsWith('-bin') && !isFieldValue(value)
        ? 'has characters that no header may have'
        : undefined;
  if (fault === undefined) return value;
  const message = `the value for the header ${JSON.stringify(key)} ${fault}`;
  throw new DeliveryError(`Permanent error: ${message}`, {
    class: 'permanent',
    reason: 'bad_header',
    status: { code: 3, message, details: [] },
  });
}
