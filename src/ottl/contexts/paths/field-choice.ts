import {
  fieldOf,
  messageNumber,
  messages,
  type Field,
  type FieldName,
  type MessageName,
} from '../../../otlp/fields.js';
import { OttlError } from '../../ottl-error.js';
import { pointTypes, type BatchScene } from '../batch-scene.js';

/** The field of a path: one, or one for each type of data points, of which some may not have it. */
export type FieldChoice = readonly [Field] | readonly (Field | undefined)[];

export function only<Of extends MessageName>(message: Of, name: FieldName<Of>): readonly [Field] {
  return [fieldOf(message, name)];
}

/** The field of a name in the data points that have it. */
export function ofPoints(name: FieldName<(typeof pointTypes)[number]>): FieldChoice {
  return pointTypes.map((type) => messages[messageNumber(type)]?.fields.find((field) => field.name === name));
}

/** Undefined where the data point is of a type that has no such field. */
export function fieldIn(choice: FieldChoice, scene: BatchScene): Field | undefined {
  return choice.length === 1 ? choice[0] : choice[scene.pointType];
}

/** The same for an assignment, which fails there. */
export function fieldToSet(choice: FieldChoice, scene: BatchScene): Field {
  const field = fieldIn(choice, scene);
  if (field === undefined)
    throw new OttlError(`unsupported data point type: pmetric.${pointTypes[scene.pointType] ?? 'none'}`);
  return field;
}
