import { fieldOf, messageNumber, messages, type FieldName, type MessageName } from '../fields.js';

/** Names of the fields that have attributes: a metric's are its metadata. */
const attributeFields: ReadonlySet<string> = new Set(['attributes', 'filtered_attributes', 'metadata']);

/** The fields of a message as a view needs them: masks with a bit for each field number, all of which are below 32. */
export class Layout<Of extends MessageName = MessageName> {
  readonly message: Of;
  /** One more than the largest field number. */
  readonly size: number;
  readonly known: number;
  /** Fields of which all occurrences count, in order. */
  readonly repeated: number;
  /** Messages of which all occurrences make up one: protobuf merges them. A member of a oneof is replaced instead. */
  readonly merged: number;
  /** The field of a message's attributes; 0 when it has none. */
  readonly attributes: number;
  /** By field number: the other members of its oneof, which it replaces. */
  readonly rivals: Int32Array;

  constructor(message: Of) {
    this.message = message;
    const fields = (messages[messageNumber(message)]?.fields ?? []).filter(({ number }) => number < 32);
    const mask = (chosen: typeof fields): number => chosen.reduce((bits, { number }) => bits | (1 << number), 0);
    this.size = Math.max(...fields.map(({ number }) => number)) + 1;
    this.known = mask(fields);
    this.repeated = mask(fields.filter(({ repeated }) => repeated));
    this.merged = mask(fields.filter(({ type, repeated, oneof }) => type === 'message' && !repeated && oneof < 0));
    this.attributes = fields.find(({ name }) => attributeFields.has(name))?.number ?? 0;
    this.rivals = new Int32Array(this.size);
    for (const field of fields)
      if (field.oneof >= 0)
        this.rivals[field.number] = mask(fields.filter((other) => other !== field && other.oneof === field.oneof));
  }

  /** The number of a field by its name in the proto file. For constants, not for loops. */
  field(name: FieldName<Of>): number {
    return fieldOf(this.message, name).number;
  }
}
