import type { ValueView } from '../otlp/view/value.js';
import { ValueWalk } from '../otlp/view/value-walk.js';
import type { Value } from './value.js';

const walk = new ValueWalk();

/** The value that a view is at. An empty one is nil; of a key that stands twice in a map the first counts. */
export function readValue(view: ValueView): Value {
  const { type } = view;
  return type === 'array' || type === 'map' ? readMembers(view) : readPlain(view);
}

/** Without recursion: a sender nests values as deep as a request is long. */
function readMembers(view: ValueView): Value {
  let root: Value;
  const around: (Value[] | Map<string, Value>)[] = [];
  for (walk.open(view); walk.next();) {
    if (walk.step === 'leave') {
      around.pop();
      continue;
    }
    const above = around.at(-1);
    const key = above instanceof Map ? walk.key.toString() : '';
    let value: Value;
    if (walk.step === 'enter') {
      const members = walk.value.type === 'map' ? new Map<string, Value>() : [];
      around.push(members);
      value = members;
    } else value = readPlain(walk.value);
    if (above === undefined) root = value;
    else if (!(above instanceof Map)) above.push(value);
    else if (!above.has(key)) above.set(key, value);
  }
  return root;
}

function readPlain(view: ValueView): Value {
  switch (view.type) {
    case 'string':
      return view.string.toString();
    case 'bool':
      return view.bool;
    case 'int':
      return view.int.toSignedBigInt();
    case 'double':
      return view.double;
    case 'bytes':
      return view.bytesValue.copy();
    default:
      return undefined;
  }
}
