import { readFirstElement } from '../ottl/functions/xml/read-xml.js';
import type { XmlNode } from '../ottl/functions/xml/xml-node.js';

/** The outermost element of an answer of an AWS query API. Throws for text that is no XML. */
export function awsAnswer(text: string): XmlNode {
  const root = readFirstElement(text);
  if (!root) throw new Error('an answer of AWS is not XML');
  return root;
}

/** The elements at a path of names below one. */
export function elementsAt(element: XmlNode, ...path: readonly string[]): readonly XmlNode[] {
  return path.reduce<readonly XmlNode[]>(
    (found, name) =>
      found.flatMap(({ children }) => children.filter((each) => each.kind === 'element' && each.name === name)),
    [element],
  );
}

/** The text of the first element at a path; '' where there is none. */
export function textAt(element: XmlNode, ...path: readonly string[]): string {
  return elementsAt(element, ...path)[0]?.innerText() ?? '';
}
