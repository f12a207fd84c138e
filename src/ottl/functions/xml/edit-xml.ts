import { converter, type Converter } from '../../function.js';
import { OttlError } from '../../ottl-error.js';
import { literalString, optional, string } from '../../parameters.js';
import { goQuoted } from '../../../strconv/quoted.js';
import { document } from './parse-xml.js';
import { writeXml } from './write-xml.js';
import { XmlNode } from './xml-node.js';
import { compileXPath } from './xpath.js';

/** The nodes that an XPath expression selects, as text: elements with their tags, of others the content. */
const getXml = converter('GetXML', { target: string(), x_path: literalString() }, ({ target, x_path }) => {
  const select = compileXPath(x_path);
  return (scene) => {
    const nodes: XmlNode[] = [];
    for (const node of select(document(target.get(scene)))) {
      if (node.kind === 'element' || node.kind === 'text') nodes.push(node);
      else if (node.kind === 'attribute' || node.kind === 'cdata') nodes.push(new XmlNode('text', 0, '', node.data));
    }
    return writeXml(nodes);
  };
});

const insertParameters = { target: string(), x_path: literalString(), sub_document: string() };

/** Appends a document to each element that an XPath expression selects. */
const insertXml = converter('InsertXML', insertParameters, (args) => {
  const select = compileXPath(args.x_path);
  return (scene) => {
    const root = document(args.target.get(scene));
    const inserted = document(args.sub_document.get(scene));
    for (const node of select(root)) {
      if (node.kind !== 'element' && node.kind !== 'document')
        throw new OttlError(`InsertXML XPath selected non-element: ${goQuoted(node.data)}`);
      // The nodes are shared by the places where they are inserted: nothing changes them any more.
      for (const child of inserted.children) node.children.push(child);
    }
    return writeXml([root]);
  };
});

/** Leaves out what an XPath expression selects. */
const removeXml = converter('RemoveXML', { target: string(), x_path: literalString() }, ({ target, x_path }) => {
  const select = compileXPath(x_path);
  return (scene) => {
    const root = document(target.get(scene));
    for (const node of select(root)) if (node.kind !== 'document' && node.kind !== 'declaration') node.isRemoved = true;
    return writeXml([root]);
  };
});

const attributesParameters = { target: string(), x_path: optional(literalString()) };

/** Makes the last children of an element from its attributes: all, or those that an XPath expression selects. */
const attributesToElements = converter('ConvertAttributesToElementsXML', attributesParameters, (args) => {
  const select = compileXPath(args.x_path || '//@*');
  return (scene) => {
    const root = document(args.target.get(scene));
    for (const attribute of select(root)) {
      if (attribute.kind !== 'attribute' || attribute.parent === undefined) continue;
      const element = new XmlNode('element', attribute.order, attribute.name);
      element.append(new XmlNode('text', attribute.order, '', attribute.data));
      attribute.parent.append(element);
      attribute.isRemoved = true;
    }
    return writeXml([root]);
  };
});

const textParameters = {
  target: string(),
  x_path: optional(literalString()),
  element_name: optional(literalString()),
};

/** Puts texts that stand beside elements or other texts into elements of their own. */
const textToElements = converter('ConvertTextToElementsXML', textParameters, (args) => {
  const select = compileXPath(args.x_path || '/');
  const name = args.element_name || 'value';
  return (scene) => {
    const root = document(args.target.get(scene));
    const wrapped = new Set<XmlNode>();
    for (const selected of select(root))
      for (const node of selected.descendantsOrSelf()) {
        // A node below two that are selected is done once.
        if (wrapped.has(node)) break;
        wrapped.add(node);
        wrapTexts(node, name);
      }
    return writeXml([root]);
  };
});

function wrapTexts(parent: XmlNode, name: string): void {
  const texts = parent.children.filter(({ kind }) => kind === 'text');
  const elements = parent.children.filter(({ kind }) => kind === 'element');
  if (texts.length === 0 || texts.length + elements.length === 1) return;
  for (const text of texts) {
    // The text node becomes an element in place, so that the order stays.
    const content = new XmlNode('text', text.order, '', text.data);
    text.kind = 'element';
    text.name = name;
    text.data = '';
    text.append(content);
  }
}

/** Converters from an XML text to an edited one. */
export const xmlEditFunctions: readonly Converter[] = [
  getXml,
  insertXml,
  removeXml,
  attributesToElements,
  textToElements,
];
