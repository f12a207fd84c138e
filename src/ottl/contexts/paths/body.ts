import { valueText } from '../../../otlp/keys/value-text.js';
import type { Field } from '../../../otlp/fields.js';
import { ValueView } from '../../../otlp/view/value.js';
import type { PathAccess } from '../../expression.js';
import { OttlError } from '../../ottl-error.js';
import { readValue } from '../../read-value.js';
import type { Scene } from '../../scene.js';
import { encodedValue, storedValue, type StoredValue } from '../../stored-value.js';
import type { Value } from '../../value.js';
import { at } from '../batch-scene.js';
import { KeyStep, viewBelow, viewTypeName, withValueBelow } from '../path-keys.js';
import type { PathEnd, PathStep } from '../path-table.js';
import { expectText } from './expected.js';

/** The body of a log record: a value of any type, what is in it when that is a map or a list, and its text. */
export function bodyPath([field]: readonly [Field]): PathStep {
  return {
    takesKeys: true,
    access: (end) => (end.keys.length === 0 ? whole(end, field) : below(end, field)),
    below: { string: { access: (end) => asText(end, field) } },
  };
}

function whole({ text, place }: PathEnd, field: Field): PathAccess {
  const view = new ValueView();
  const read = (scene: Scene): ValueView => move(scene, place, field, view);
  return {
    text,
    view: read,
    get: (scene) => readValue(read(scene)),
    set: (scene, value) => setBody(scene, place, field, value, () => readValue(read(scene))),
  };
}

function below({ text, place, keys }: PathEnd, field: Field): PathAccess {
  const view = new ValueView();
  const [first, ...others] = keys;
  if (first === undefined) throw new Error('a path below a body has a key');
  const rest = others.map((key) => new KeyStep(key));
  const toGet = [new KeyStep(first, 'cannot get map value: '), ...rest];
  const toSet = [new KeyStep(first, 'cannot set map value: '), ...rest];
  const read = (scene: Scene): ValueView => {
    const { type } = move(scene, place, field, view);
    if (type !== 'map' && type !== 'array')
      throw new OttlError(`log bodies of type ${viewTypeName(view)} cannot be indexed`);
    return view;
  };
  const find = (scene: Scene): ValueView | undefined => viewBelow(read(scene), toGet, scene);
  return {
    text,
    view: find,
    get: (scene) => {
      const found = find(scene);
      return found && readValue(found);
    },
    set: (scene, value) => {
      const current = readValue(read(scene)) as StoredValue;
      const changed = withValueBelow(current, toSet, scene, (old) => storedValue(value, old));
      setBody(scene, place, field, changed, () => current);
    },
  };
}

function asText({ text, place }: PathEnd, field: Field): PathAccess {
  const view = new ValueView();
  return {
    text,
    get: (scene) => valueText(move(scene, place, field, view)),
    set: (scene, value) => setBody(scene, place, field, expectText(value), () => undefined),
  };
}

function move(scene: Scene, place: PathEnd['place'], { number }: Field, view: ValueView): ValueView {
  at(scene).fields(place).message(number, view.fields);
  return view;
}

function setBody(scene: Scene, place: PathEnd['place'], field: Field, value: Value, current: () => Value): void {
  const editor = at(scene).editor(place);
  const encoded = encodedValue(value, current);
  if (encoded === null) editor.clear(field);
  else editor.setValueIn(field, encoded);
}
