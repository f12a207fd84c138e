import { messages, type Field } from '../fields.js';
import { camelCase } from './names.js';

/** The properties of a message that writing it as JSON needs. */
export interface Table {
  readonly fields: readonly Field[];
  /** The position of each field by its number; -1 for those that JSON does not have. */
  readonly positions: Int8Array;
  /** The JSON key of each field with its colon. */
  readonly keys: readonly Buffer[];
  /** Fields that stand as `{}` even when they are absent. */
  readonly always: readonly boolean[];
  /** Positions of the other members of each field's oneof. */
  readonly rivals: readonly Int32Array[];
}

/** `Message.field` of what stands even when it is absent. */
const standing: ReadonlySet<string> = new Set([
  ...['Spans', 'Metrics', 'Logs', 'Profiles'].flatMap((signal) => [
    `Resource${signal}.resource`,
    `Scope${signal}.scope`,
  ]),
  ...[
    'Span.status',
    'KeyValue.value',
    'LogRecord.body',
    'Profile.sample_type',
    'Profile.period_type',
    'ProfilesData.dictionary',
  ],
  ...['KeyValueAndUnit.value', 'ExponentialHistogramDataPoint.positive', 'ExponentialHistogramDataPoint.negative'],
]);

const tables: readonly Table[] = messages.map(({ name, fields }) => {
  // The deprecated lists, number 1000, exist in protobuf only.
  const known = fields.filter(({ number }) => number < 1000);
  const positions = new Int8Array(Math.max(...known.map(({ number }) => number)) + 1).fill(-1);
  known.forEach(({ number }, i) => (positions[number] = i));
  return {
    fields: known,
    positions,
    keys: known.map((field) => Buffer.from(`"${camelCase(field.name)}":`)),
    always: known.map((field) => standing.has(`${name}.${field.name}`)),
    rivals: known.map(({ oneof }, own) =>
      Int32Array.from(known.flatMap((other, i) => (oneof >= 0 && other.oneof === oneof && i !== own ? [i] : []))),
    ),
  };
});

/** The table of a message by its number. */
export function tableOf(message: number): Table {
  const table = tables[message];
  if (table === undefined) throw new RangeError(`there is no message ${message}`);
  return table;
}
