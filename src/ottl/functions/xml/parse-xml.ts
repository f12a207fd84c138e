import { converter, type Converter } from '../../function.js';
import { OttlError } from '../../ottl-error.js';
import { string } from '../../parameters.js';
import type { MapValue, Value } from '../../value.js';
import { readFirstElement, readXml } from './read-xml.js';
import type { XmlNode } from './xml-node.js';
import { withPrefix } from './with-prefix.js';

/** Maps with the tag, the attributes, the text and the children of each element. */
export const parseXml: Converter = converter('ParseXML', { target: string() }, ({ target }) => (scene) => {
  const text = target.get(scene);
  const root = withPrefix('unmarshal xml: decode next token', () => readFirstElement(text));
  if (root === undefined) throw new OttlError('unmarshal xml: decode next token: EOF');
  return build(root, detailed);
});

/** Maps from tags to texts and further maps; tags that come more than once have lists. */
export const parseSimplifiedXml: Converter = converter('ParseSimplifiedXML', { target: string() }, ({ target }) => {
  return (scene) => build(document(target.get(scene)), simplified) ?? new Map();
});

/** A document with an element. Throws an `OttlError`. */
export function document(text: string): XmlNode {
  const root = withPrefix('parse xml', () => readXml(text));
  if (root.children.some(({ kind }) => kind === 'element')) return root;
  throw new OttlError('parse xml: xmlquery: invalid XML document');
}

/** Makes the value of a node from those of its children, without recursion: children first. */
function build(root: XmlNode, make: (node: XmlNode, values: ReadonlyMap<XmlNode, Value>) => Value): Value {
  const values = new Map<XmlNode, Value>();
  for (const node of [...root.descendantsOrSelf()].toReversed())
    if (node.kind === 'element' || node.kind === 'document') {
      const value = make(node, values);
      for (const child of node.children) values.delete(child);
      values.set(node, value);
    }
  return values.get(root);
}

function detailed(node: XmlNode, values: ReadonlyMap<XmlNode, Value>): MapValue {
  const map = new Map<string, Value>([['tag', node.name]]);
  let content = '';
  const children: Value[] = [];
  for (const child of node.children) {
    if (child.kind === 'element') children.push(values.get(child));
    else if (child.kind === 'text' || child.kind === 'cdata') content += child.data.trim();
  }
  if (node.attributes.length > 0) map.set('attributes', new Map(node.attributes.map(({ name, data }) => [name, data])));
  if (content !== '') map.set('content', content);
  if (children.length > 0) map.set('children', children);
  return map;
}

/** Undefined for an element in which there is nothing. Text beside elements does not count. */
function simplified(node: XmlNode, values: ReadonlyMap<XmlNode, Value>): Value {
  const elements = node.children.filter(({ kind }) => kind === 'element');
  if (elements.length === 0) {
    const text = node.children.find(({ kind }) => kind === 'text' || kind === 'cdata')?.data;
    return text === '' ? undefined : text;
  }
  const counts = new Map<string, number>();
  for (const { name } of elements) counts.set(name, (counts.get(name) ?? 0) + 1);
  const map = new Map<string, Value>();
  const lists = new Map<string, Value[]>();
  for (const element of elements) {
    const value = values.get(element);
    if (counts.get(element.name) === 1) {
      if (value !== undefined) map.set(element.name, value);
      continue;
    }
    let list = lists.get(element.name);
    if (list === undefined && element.children.length > 0) {
      list = [];
      lists.set(element.name, list);
      map.set(element.name, list);
    }
    if (value !== undefined) list?.push(value);
  }
  return map.size === 0 ? undefined : map;
}
