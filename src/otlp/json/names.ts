import { messages, type Field } from '../fields.js';

/** `start_time_unix_nano` is `startTimeUnixNano` in JSON. */
export function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}

/** The names of enum values that JSON may hold in place of their numbers, by the field's name. */
const enumNames: Readonly<Record<string, { readonly prefix: string; readonly values: readonly string[] }>> = {
  'Span.kind': {
    prefix: 'SPAN_KIND_',
    values: ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'],
  },
  'Status.code': { prefix: 'STATUS_CODE_', values: ['UNSET', 'OK', 'ERROR'] },
  'LogRecord.severity_number': {
    prefix: 'SEVERITY_NUMBER_',
    values: [
      'UNSPECIFIED',
      ...['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'].flatMap((level) => [
        level,
        `${level}2`,
        `${level}3`,
        `${level}4`,
      ]),
    ],
  },
  aggregation_temporality: { prefix: 'AGGREGATION_TEMPORALITY_', values: ['UNSPECIFIED', 'DELTA', 'CUMULATIVE'] },
};

/** The full names as bytes, for each field that has some. */
const fullNames: ReadonlyMap<Field, readonly Buffer[]> = new Map(
  messages.flatMap(({ name, fields }) =>
    fields.flatMap((field) => {
      const known = enumNames[`${name}.${field.name}`] ?? enumNames[field.name];
      return known ? [[field, known.values.map((value) => Buffer.from(known.prefix + value))] as const] : [];
    }),
  ),
);

/** The number of the enum value whose full name is `bytes[from, to)`; undefined when there is none of that name. */
export function enumNumber(field: Field, bytes: Uint8Array, from: number, to: number): number | undefined {
  const known = fullNames.get(field);
  if (!known) return undefined;
  for (let value = 0; value < known.length; value++) {
    const name = known[value];
    if (name && isSame(name, bytes, from, to)) return value;
  }
  return undefined;
}

/** Whether `bytes[from, to)` is `name`. */
export function isSame(name: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from !== name.length) return false;
  for (let i = name.length - 1; i >= 0; i--) if (name[i] !== bytes[from + i]) return false;
  return true;
}
