import type { BatchEditor } from '../../src/otlp/edit/batch-editor.js';
import type { MessageEditor } from '../../src/otlp/edit/message-editor.js';
import { messageNumber, messages, type Field } from '../../src/otlp/fields.js';
import type { Signal } from '../../src/otlp/signal.js';
import { key } from '../../src/otlp/view/key.js';
import type { MessageView } from '../../src/otlp/view/message.js';
import type { ModelValue } from './arbitrary-values.js';
import { referenceMessage, type Tree, type Value } from './reference-decode.js';

/** The parts of a change; `choices` say which of the possible changes it is. */
export interface Recipe {
  readonly choices: readonly number[];
  readonly text: string;
  readonly number: bigint;
  readonly bytes: Uint8Array;
  readonly value: ModelValue;
}

const keyValue = messageNumber('KeyValue');
const anyValue = messageNumber('AnyValue');
const keys: readonly string[] = ['service.name', 'host.name', 'a', ''];

/** Names of the levels of a request, as its tree has them. */
export const levels: Readonly<Record<Signal, { resources: string; scopes: string; items: string; item: number }>> = {
  traces: { resources: 'resource_spans', scopes: 'scope_spans', items: 'spans', item: messageNumber('Span') },
  metrics: { resources: 'resource_metrics', scopes: 'scope_metrics', items: 'metrics', item: messageNumber('Metric') },
  logs: { resources: 'resource_logs', scopes: 'scope_logs', items: 'log_records', item: messageNumber('LogRecord') },
  profiles: {
    resources: 'resource_profiles',
    scopes: 'scope_profiles',
    items: 'profiles',
    item: messageNumber('Profile'),
  },
};

export function listOf(tree: Tree, field: string): Tree[] {
  return (tree[field] ?? []) as Tree[];
}

/** The message that a view stands on, read by the reference. */
export function readView(message: number, view: MessageView): Tree {
  const { fields } = view;
  const piece = (i: number): Uint8Array => fields.bytes.subarray(fields.pieceFrom(i), fields.pieceTo(i));
  const pieces = Array.from({ length: fields.pieceCount }, (_piece, i) => piece(i));
  return referenceMessage(message, Buffer.concat(pieces));
}

/** Makes one change to a message through its editor, and the same to its tree. */
export class Change {
  readonly #recipe: Recipe;
  #used = 0;
  /** Whether it goes through an element of a list, which its parent shows later. */
  throughElement = false;

  constructor(recipe: Recipe) {
    this.#recipe = recipe;
  }

  /** True when the message was changed; one that was not there is there now. */
  apply(editor: MessageEditor, message: number, node: Tree, depth = 0): boolean {
    const fields = messages[message]!.fields.filter(({ number }) => number < 32);
    const attributes = fields.find((field) => field.message === keyValue && field.repeated);
    switch (this.#choose(depth > 4 ? 4 : 8)) {
      case 0:
        return this.#set(
          editor,
          this.#pick(fields.filter(({ type, repeated }) => type !== 'message' && !repeated)),
          fields,
          node,
        );
      case 1: {
        const field = this.#pick(fields);
        if (field) editor.clear(field);
        const was = field !== undefined && node[field.name] !== undefined;
        if (field) delete node[field.name];
        return was;
      }
      case 2:
        return attributes !== undefined && this.#attributes(editor, attributes, node);
      case 3:
        if (message !== anyValue) return false;
        for (const { name } of fields) delete node[name];
        delete node['unknown'];
        Object.assign(node, structuredClone(this.#recipe.value.tree));
        editor.setValue(this.#recipe.value.value);
        return true;
      case 4:
        return this.#child(
          editor,
          this.#pick(fields.filter(({ type, repeated }) => type === 'message' && !repeated)),
          fields,
          node,
          depth,
        );
      case 5:
        return this.#element(
          editor,
          this.#pick(fields.filter(({ type, repeated }) => type === 'message' && repeated)),
          node,
          depth,
        );
      case 6: {
        const field = this.#pick(fields.filter(({ type, repeated }) => type === 'message' && repeated));
        if (!field) return false;
        const added: Tree = {};
        this.throughElement = true;
        (node[field.name] ??= [] as Value[]) as Value[];
        listOf(node, field.name).push(added);
        this.apply(editor.add(field), field.message, added, depth + 1);
        return true;
      }
      default:
        return attributes !== undefined && this.#withinAttribute(editor, attributes, node);
    }
  }

  #choose(count: number): number {
    const { choices } = this.#recipe;
    return (choices[this.#used++ % choices.length] ?? 0) % count;
  }

  #pick<T>(from: readonly T[]): T | undefined {
    return from.length === 0 ? undefined : from[this.#choose(from.length)];
  }

  #set(editor: MessageEditor, field: Field | undefined, fields: readonly Field[], node: Tree): boolean {
    if (!field) return false;
    const { text, number, bytes } = this.#recipe;
    const remove = (): void => {
      for (const rival of fields)
        if (rival === field || (field.oneof >= 0 && rival.oneof === field.oneof)) delete node[rival.name];
    };
    const put = (value: Value, isDefault: boolean): boolean => {
      const had = node[field.name] !== undefined;
      if (field.oneof >= 0 || !isDefault) remove();
      else delete node[field.name];
      if (field.oneof >= 0 || !isDefault) node[field.name] = value;
      return field.oneof >= 0 || !isDefault || had;
    };
    switch (field.type) {
      case 'string':
        editor.setText(field, text);
        return put(text, text === '');
      case 'bytes':
      case 'id8':
      case 'id16': {
        const size = field.type === 'id8' ? 8 : field.type === 'id16' ? 16 : 5;
        const value = bytes.length < 16 ? bytes.subarray(0, 0) : bytes.subarray(0, size);
        editor.setBytes(field, value);
        return put(Buffer.from(value).toString('hex'), value.length === 0);
      }
      case 'bool':
        editor.setBool(field, number !== 0n);
        return put(number !== 0n, number === 0n);
      case 'double':
        editor.setNumber(field, Number(number));
        return put(Number(number), number === 0n);
      default:
    }
    editor.setNumber(field, number);
    const value = numberOf(field, number);
    put(value, value === 0 || value === 0n);
    return field.oneof >= 0 || number !== 0n;
  }

  #attributes(editor: MessageEditor, field: Field, node: Tree): boolean {
    const name = this.#pick(keys) ?? '';
    const { value, text } = this.#recipe;
    const list = listOf(node, field.name);
    const at = list.findIndex((entry) => keyOf(entry) === name);
    const replaced = { ...list[at], ...(name === '' ? {} : { key: name }), value: structuredClone(value.tree) };
    const keep = (rest: Tree[]): void => {
      if (rest.length === 0) delete node[field.name];
      else node[field.name] = rest;
    };
    const set = (): true => {
      if (at < 0) keep([...list, replaced]);
      else keep(list.flatMap((entry, i) => (i === at ? [replaced] : keyOf(entry) === name ? [] : [entry])));
      return true;
    };
    switch (this.#choose(6)) {
      case 0:
        editor.setAttribute(key(name), value.value);
        return set();
      case 1:
        editor.insertAttribute(key(name), value.value);
        return at < 0 && set();
      case 2:
        editor.updateAttribute(key(name), value.value);
        return at >= 0 && set();
      case 3:
        editor.deleteAttribute(key(name));
        keep(list.filter((entry) => keyOf(entry) !== name));
        return at >= 0;
      case 4:
        editor.deleteAttributes((each) => each.toString() !== name);
        keep(list.filter((entry) => keyOf(entry) === name));
        return list.some((entry) => keyOf(entry) !== name);
      default: {
        editor.renameAttribute(key(name), key(text));
        if (at < 0 || name === text) return false;
        const { key: _key, ...others } = list[at]!;
        const renamed: Tree = { ...(text === '' ? {} : { key: text }), ...others };
        keep(
          list.flatMap((entry, i) =>
            i === at ? [renamed] : keyOf(entry) === name || keyOf(entry) === text ? [] : [entry],
          ),
        );
        return true;
      }
    }
  }

  /** Sets a value that none of the batch has, so that it is a change in any case. */
  #withinAttribute(editor: MessageEditor, field: Field, node: Tree): boolean {
    const name = this.#pick(keys) ?? '';
    const list = listOf(node, field.name);
    const at = list.findIndex((entry) => keyOf(entry) === name);
    const found: Tree = { ...(list[at]?.['value'] as Tree | undefined) };
    const value = editor.attributeValue(key(name));
    if (this.#choose(2) === 0) {
      value.setValue(['§', this.#recipe.value.value]);
      for (const each of Object.keys(found)) delete found[each];
      found['array_value'] = { values: [{ string_value: '§' }, structuredClone(this.#recipe.value.tree)] };
    } else {
      const map = messages[anyValue]!.fields.find((each) => each.name === 'kvlist_value')!;
      value.child(map).setAttribute(key('§'), this.#recipe.text);
      const inner = (found['kvlist_value'] as Tree | undefined) ?? {};
      for (const { name: each } of messages[anyValue]!.fields) delete found[each];
      const kept = listOf(inner, 'values').filter((entry) => keyOf(entry) !== '§');
      const place = listOf(inner, 'values').findIndex((entry) => keyOf(entry) === '§');
      kept.splice(place < 0 ? kept.length : place, 0, { key: '§', value: { string_value: this.#recipe.text } });
      found['kvlist_value'] = { ...inner, values: kept };
    }
    const changed: Tree = { ...list[at], ...(name === '' ? {} : { key: name }), value: found };
    node[field.name] =
      at < 0
        ? [...list, changed]
        : list.flatMap((entry, i) => (i === at ? [changed] : keyOf(entry) === name ? [] : [entry]));
    return true;
  }

  #child(
    editor: MessageEditor,
    field: Field | undefined,
    fields: readonly Field[],
    node: Tree,
    depth: number,
  ): boolean {
    if (!field) return false;
    const child: Tree = (node[field.name] as Tree | undefined) ?? {};
    if (!this.apply(editor.child(field), field.message, child, depth + 1)) return false;
    for (const rival of fields) if (field.oneof >= 0 && rival.oneof === field.oneof) delete node[rival.name];
    node[field.name] = child;
    return true;
  }

  #element(editor: MessageEditor, field: Field | undefined, node: Tree, depth: number): boolean {
    if (!field) return false;
    const list = listOf(node, field.name);
    const wanted = this.#choose(list.length + 1);
    const removes = this.#choose(3) === 0;
    const elements = editor.elements(field);
    this.throughElement = true;
    let changed = false;
    for (let i = 0; elements.next(); i++) {
      if (i !== wanted) continue;
      if (removes) elements.remove();
      else changed = this.apply(elements, field.message, list[i]!, depth + 1);
    }
    if (!removes || wanted >= list.length) return changed;
    list.splice(wanted, 1);
    if (list.length === 0) delete node[field.name];
    return true;
  }
}

function keyOf(entry: Tree): string {
  return typeof entry['key'] === 'string' ? entry['key'] : '';
}

function numberOf({ type }: Field, value: bigint): number | bigint {
  switch (type) {
    case 'uint64':
    case 'fixed64':
      return BigInt.asUintN(64, value);
    case 'int64':
    case 'sfixed64':
      return BigInt.asIntN(64, value);
    case 'uint32':
    case 'fixed32':
      return Number(BigInt.asUintN(32, value));
    default:
      return Number(BigInt.asIntN(32, value));
  }
}

/** Moves an editor to an item, by its numbers among those that were not removed; -1: only to the level above. */
export function walkTo(editor: BatchEditor<MessageView>, r: number, s: number, i: number): void {
  editor.restart();
  for (let n = 0; n <= r; n++) editor.nextResource();
  for (let n = 0; n <= s; n++) editor.nextScope();
  for (let n = 0; n <= i; n++) editor.nextItem();
}
