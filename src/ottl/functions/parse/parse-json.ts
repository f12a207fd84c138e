import { readJson, type JsonReading, type JsonValue } from '../../../formats/json.js';
import { converter, type Converter } from '../../function.js';
import { OttlError } from '../../ottl-error.js';
import { string } from '../../parameters.js';
import { typeName } from '../../value.js';

const reading: JsonReading<undefined, JsonObject> = {
  nothing: undefined,
  members: () => new Map(),
  error: (message) => new OttlError(message),
};

interface JsonObject extends Map<string, JsonValue<undefined, JsonObject>> {}

/** Reads a text as JSON, whose value must be an object or a list. */
export const parseJsonText: Converter = converter('ParseJSON', { target: string() }, ({ target }) => (scene) => {
  const value = readJson(target.get(scene), reading);
  if (value instanceof Map || Array.isArray(value)) return value;
  const type = value === undefined ? '<nil>' : typeName(value);
  throw new OttlError(`could not convert parsed value of type ${type} to JSON object`);
});
