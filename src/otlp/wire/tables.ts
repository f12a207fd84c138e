import { messageNumber, messages, type Field } from '../fields.js';

/** Codes of the validator's table. A code above `Message` is `Message + 1 + child`. */
export const Wire: {
  readonly unknown: 0;
  readonly varint: 1;
  readonly fixed64: 2;
  readonly fixed32: 3;
  readonly length: 4;
  readonly id16: 5;
  readonly id8: 6;
  readonly packedVarint: 7;
  readonly packedFixed64: 8;
  readonly message: 16;
} = {
  unknown: 0,
  varint: 1,
  fixed64: 2,
  fixed32: 3,
  length: 4,
  id16: 5,
  id8: 6,
  packedVarint: 7,
  packedFixed64: 8,
  message: 16,
};

/** Fields per row. OTLP's own numbers are below 17; the reserved 1000 is looked up apart. */
export const rowLength = 32;

function code(field: Field): number {
  switch (field.type) {
    case 'message':
      return Wire.message + field.message;
    case 'string':
    case 'bytes':
      return Wire.length;
    case 'id16':
      return Wire.id16;
    case 'id8':
      return Wire.id8;
    case 'double':
    case 'fixed64':
    case 'sfixed64':
      return field.repeated ? Wire.packedFixed64 : Wire.fixed64;
    case 'fixed32':
      return Wire.fixed32;
    default:
      return field.repeated ? Wire.packedVarint : Wire.varint;
  }
}

/** `fieldCodes[message * rowLength + number]`. */
export const fieldCodes: Uint8Array = new Uint8Array(messages.length * rowLength);
/** The code of the reserved field 1000 of a message; 0 when the message has none. */
export const reservedCodes: Uint8Array = new Uint8Array(messages.length);

/** The effect of entering a message on the index. */
export const IndexRole: {
  readonly none: 0;
  readonly resource: 1;
  readonly scope: 2;
  readonly item: 3;
  readonly point: 4;
  readonly metric: 5;
  /** The data of a metric, a oneof: a second one replaces the first. */
  readonly data: 6;
} = { none: 0, resource: 1, scope: 2, item: 3, point: 4, metric: 5, data: 6 };
export const roles: Uint8Array = new Uint8Array(messages.length);

messages.forEach((message, i) => {
  for (const field of message.fields) {
    if (field.number === 1000) reservedCodes[i] = code(field);
    else fieldCodes[i * rowLength + field.number] = code(field);
  }
});
for (const signal of ['Spans', 'Metrics', 'Logs', 'Profiles']) {
  roles[messageNumber(`Resource${signal}`)] = IndexRole.resource;
  roles[messageNumber(`Scope${signal}`)] = IndexRole.scope;
}
for (const name of ['Span', 'LogRecord', 'Profile']) roles[messageNumber(name)] = IndexRole.item;
roles[messageNumber('Metric')] = IndexRole.metric;
for (const name of ['Gauge', 'Sum', 'Histogram', 'ExponentialHistogram', 'Summary'])
  roles[messageNumber(name)] = IndexRole.data;
for (const name of [
  'NumberDataPoint',
  'HistogramDataPoint',
  'ExponentialHistogramDataPoint',
  'SummaryDataPoint',
  'Sample',
])
  roles[messageNumber(name)] = IndexRole.point;
