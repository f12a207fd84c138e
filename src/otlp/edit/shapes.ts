import { messageNumber, messages, type Field } from '../fields.js';

/** The facts about a message that editing needs. Field numbers are below 32, so that a set of them is a mask. */
interface Shape {
  readonly name: string;
  /** By field number: a mask of the field and the other members of its oneof. */
  readonly rivals: Int32Array;
  /** The field that has the attributes, or the entries of a map. */
  readonly attributes: Field | undefined;
}

const keyValue = messageNumber('KeyValue');

const shapes: readonly Shape[] = messages.map(({ name, fields }) => {
  const rivals = new Int32Array(32);
  for (const field of fields) {
    if (field.number > 31) continue;
    const members = fields.filter((other) => other === field || (field.oneof >= 0 && other.oneof === field.oneof));
    rivals[field.number] = members.reduce((mask, { number }) => mask | (1 << number), 0);
  }
  return { name, rivals, attributes: fields.find(({ message, repeated }) => message === keyValue && repeated) };
});

/** A mask of a field of a message and the members of its oneof, which it replaces. */
export function rivalsOf(message: number, field: Field): number {
  return shapes[message]?.rivals[field.number] ?? 0;
}

export function hasAttributes(message: number): boolean {
  return shapes[message]?.attributes !== undefined;
}

/** Throws when the message has no attributes. */
export function attributesOf(message: number): Field {
  const shape = shapes[message];
  if (shape?.attributes === undefined) throw new TypeError(`${shape?.name ?? 'a message'} has no attributes`);
  return shape.attributes;
}
