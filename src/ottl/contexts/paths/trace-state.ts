import type { Field } from '../../../otlp/fields.js';
import { Range } from '../../../otlp/view/range.js';
import type { PathAccess } from '../../expression.js';
import { OttlError, StatementError } from '../../ottl-error.js';
import type { Scene } from '../../scene.js';
import { at } from '../batch-scene.js';
import type { PathEnd, PathStep } from '../path-table.js';
import { expectText } from './expected.js';
import { textPath } from './texts.js';

/** Members that a tracestate has at most. */
const mostMembers = 32;
const keyPattern = /^(?:[a-z][_0-9a-z*/-]{0,255}|[a-z0-9][_0-9a-z*/-]{0,240}@[a-z][_0-9a-z*/-]{0,13})$/;
const valuePattern = /^[ -+\--<>-~]{0,255}[!-+\--<>-~]$/;

/** The tracestate of a span as a text, and the value of one of its keys. */
export function traceStatePath(field: readonly [Field]): PathStep {
  const { access: wholeAccess } = textPath(field);
  return {
    takesKeys: true,
    access: (end) => (end.keys.length === 0 ? wholeAccess(end) : below(end, field[0])),
  };
}

function below({ text, place, keys: [key, another] }: PathEnd, field: Field): PathAccess {
  if (key === undefined || another)
    throw new StatementError('trace_state has one key: trace_state["vendor"]', another?.offset);
  const { constant } = key.expression;
  if (constant && typeof constant.value !== 'string')
    throw new StatementError('the key of trace_state must be a text', key.offset);
  const range = new Range();
  const membersOf = (scene: Scene): Map<string, string> | undefined =>
    parse(at(scene).fields(place).range(field.number, range).toString());
  const name = (scene: Scene): string => {
    const value = key.expression.get(scene);
    if (typeof value !== 'string') throw new OttlError('trace_state indexing type must be a string');
    return value;
  };
  return {
    text,
    get: (scene) => {
      const members = membersOf(scene);
      return members && (members.get(name(scene)) ?? '');
    },
    set: (scene, value) => {
      const to = expectText(value);
      const members = membersOf(scene);
      const from = name(scene);
      // One that is malformed stays as it is, and so does one that would become malformed: so does the Collector.
      if (!members || !keyPattern.test(from) || !valuePattern.test(to)) return;
      members.delete(from);
      const rest = [...members].map(([vendor, its]) => `${vendor}=${its}`);
      const all = [`${from}=${to}`, ...rest].slice(0, mostMembers);
      at(scene).editor(place).setText(field, all.join(','));
    },
  };
}

/** Undefined for a text that is no tracestate. */
function parse(state: string): Map<string, string> | undefined {
  const members = new Map<string, string>();
  for (const part of state.split(',')) {
    const member = part.trim();
    if (member === '') continue;
    const equals = member.indexOf('=');
    const name = member.slice(0, Math.max(0, equals));
    const value = member.slice(equals + 1);
    if (!keyPattern.test(name) || !valuePattern.test(value) || members.has(name)) return undefined;
    members.set(name, value);
    if (members.size > mostMembers) return undefined;
  }
  return members;
}
