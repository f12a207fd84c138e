import { messages, type Field } from '../descriptors.js';

/** `start_time_unix_nano` is `startTimeUnixNano` in JSON. */
export function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}

/** The names of enum values that JSON may hold in place of their numbers, by the field's name. */
const enumNames: Readonly<Record<string, { readonly prefix: string; readonly values: readonly string[] }>> = {
  'Span.kind': { prefix: 'SPAN_KIND_', values: ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'] },
  'Status.code': { prefix: 'STATUS_CODE_', values: ['UNSET', 'OK', 'ERROR'] },
  'LogRecord.severity_number': {
    prefix: 'SEVERITY_NUMBER_',
    values: [
      'UNSPECIFIED',
      ...['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'].flatMap((level) => [level, `${level}2`, `${level}3`, `${level}4`]),
    ],
  },
  aggregation_temporality: { prefix: 'AGGREGATION_TEMPORALITY_', values: ['UNSPECIFIED', 'DELTA', 'CUMULATIVE'] },
};

/** The number of an enum value given by its full name; undefined when there is none of that name. */
export function enumNumber(message: number, field: Field, name: string): number | undefined {
  const known = enumNames[`${messages[message]?.name}.${field.name}`] ?? enumNames[field.name];
  if (!known || !name.startsWith(known.prefix)) return undefined;
  const at = known.values.indexOf(name.slice(known.prefix.length));
  return at < 0 ? undefined : at;
}
