import { longestText } from '../limits.js';
import { OttlError } from '../../ottl-error.js';
import type { XmlNode } from './xml-node.js';

/** Inserting one document at many places of another makes a text as long as the product of both. */
const mostCharacters = longestText;

const references: Readonly<Record<string, string>> = {
  '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;',
}; // prettier-ignore

/** Node to write, or the end of an element. */
type Work = { readonly node: XmlNode; readonly keepsSpace: boolean } | string;

/**
 * Writes nodes as XML text: elements always with an end tag, and texts without the space around them, unless
 * `xml:space` says so.
 */
export function writeXml(nodes: readonly XmlNode[]): string {
  let text = '';
  const work: Work[] = nodes.map((node) => ({ node, keepsSpace: false })).toReversed();
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    if (text.length > mostCharacters) throw new OttlError(`XML text with more than ${mostCharacters} characters`);
    if (typeof next === 'string') text += next;
    else if (!next.node.isRemoved) text += begin(next.node, next.keepsSpace, work);
  }
  return text;
}

function begin(node: XmlNode, keepsSpace: boolean, work: Work[]): string {
  switch (node.kind) {
    case 'text':
      return escaped(keepsSpace ? node.data : node.data.trim());
    case 'cdata':
      return `<![CDATA[${node.data}]]>`;
    case 'comment':
      return `<!--${node.data}-->`;
    case 'declaration':
      return `<?${[node.name, node.data].filter((part) => part !== '').join(' ')}?>`;
    case 'directive':
      return `<!${node.data}>`;
    case 'element':
      work.push(`</${node.qualifiedName}>`);
      pushChildren(node, spaceOf(node) ?? keepsSpace, work);
      return `<${node.qualifiedName}${attributesOf(node)}>`;
    default:
      pushChildren(node, keepsSpace, work);
      return '';
  }
}

function pushChildren(node: XmlNode, keepsSpace: boolean, work: Work[]): void {
  for (let i = node.children.length - 1; i >= 0; i--) work.push({ node: node.children[i] as XmlNode, keepsSpace });
}

function spaceOf(node: XmlNode): boolean | undefined {
  const value = node.attributes.find(({ qualifiedName }) => qualifiedName === 'xml:space')?.data;
  if (value === 'preserve') return true;
  return value === 'default' ? false : undefined;
}

function attributesOf(node: XmlNode): string {
  let text = '';
  for (const attribute of node.attributes)
    if (!attribute.isRemoved) text += ` ${attribute.qualifiedName}="${escaped(attribute.data)}"`;
  return text;
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => references[character] ?? character);
}
