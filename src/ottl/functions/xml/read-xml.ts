import { SaxesParser } from 'saxes';

import { OttlError } from '../../ottl-error.js';
import { XmlNode } from './xml-node.js';

/** As deep as the Collector reads. */
export const deepest = 10_000;
/** A node takes some 200 bytes of memory, and as little as four of text. */
const mostNodes = 100_000;

/** Reads a document or a fragment of one. Throws an `OttlError` in the words of Go's `encoding/xml`. */
export function readXml(text: string): XmlNode {
  const reader = new XmlReader(false);
  reader.read(text);
  return reader.document;
}

/** Reads up to the end of the first element, whatever follows it. */
export function readFirstElement(text: string): XmlNode | undefined {
  const reader = new XmlReader(true);
  reader.read(text);
  return reader.document.children.find(({ kind }) => kind === 'element');
}

class XmlReader {
  readonly document = new XmlNode('document', 0);
  readonly #firstOnly: boolean;
  readonly #parser = new SaxesParser({ fragment: true, xmlns: false, position: true });
  readonly #open: XmlNode[] = [this.document];
  #text = '';
  #nodes = 1;
  #isDone = false;

  constructor(firstOnly: boolean) {
    this.#firstOnly = firstOnly;
  }

  read(text: string): void {
    const parser = this.#parser;
    parser.on('error', (error) => this.#failed(error.message));
    parser.on('opentag', ({ name, attributes }) => this.#opened(name, attributes));
    parser.on('closetag', ({ name }) => this.#closed(name));
    parser.on('text', (data) => this.#leaf(new XmlNode('text', this.#nodes, '', data)));
    parser.on('cdata', (data) => this.#leaf(new XmlNode('cdata', this.#nodes, '', data)));
    parser.on('comment', (data) => this.#leaf(new XmlNode('comment', this.#nodes, '', data)));
    parser.on('doctype', (data) => this.#leaf(new XmlNode('directive', this.#nodes, '', `DOCTYPE${data}`)));
    parser.on('processinginstruction', ({ target, body }) => {
      this.#leaf(new XmlNode('declaration', this.#nodes, target, body.trim()));
    });
    this.#text = this.#withoutDeclaration(text);
    parser.write(this.#text).close();
  }

  /** A fragment has no declaration, so that of a document is read here; lines count on. */
  #withoutDeclaration(text: string): string {
    const match = /^\uFEFF?<\?xml\s([^?]*)\?>/.exec(text);
    if (match === null) return text;
    this.#leaf(new XmlNode('declaration', this.#nodes, 'xml', (match[1] ?? '').trim()));
    return match[0].replaceAll(/[^\n]/g, '') + text.slice(match[0].length);
  }

  #opened(name: string, attributes: Readonly<Record<string, string>>): void {
    if (this.#isDone) return;
    const element = new XmlNode('element', this.#nodes, name);
    this.#leaf(element);
    for (const [key, value] of Object.entries(attributes)) {
      const attribute = new XmlNode('attribute', this.#nodes, key, value);
      this.#count();
      attribute.parent = element;
      element.attributes.push(attribute);
    }
    this.#open.push(element);
    if (this.#open.length > deepest + 1) throw new OttlError(`XML nesting depth exceeds the maximum of ${deepest}`);
  }

  #closed(name: string): void {
    if (this.#isDone) return;
    // The parser closes an element before it finds that the name in the end tag is another.
    const closing = this.#closingName();
    if (closing !== name) this.#fail(`element <${name}> closed by </${closing}>`);
    this.#open.pop();
    this.#isDone = this.#firstOnly && this.#open.length === 1;
  }

  /** The name in the tag that has just been read. */
  #closingName(): string {
    const end = this.#parser.position;
    const start = this.#text.lastIndexOf('<', end - 1);
    return /^<\/?([^\s/>]*)/.exec(this.#text.slice(start, end))?.[1] ?? '';
  }

  #leaf(node: XmlNode): void {
    if (this.#isDone) return;
    this.#count();
    this.#open.at(-1)?.append(node);
  }

  #count(): void {
    if (++this.#nodes > mostNodes) throw new OttlError(`XML document with more than ${mostNodes} nodes`);
  }

  #failed(message: string): void {
    if (this.#isDone) return;
    const what = message.replace(/^\d+:\d+: /, '').replace(/\.$/, '');
    this.#fail(this.#inGoWords(what));
  }

  #fail(what: string): never {
    throw new OttlError(`XML syntax error on line ${this.#parser.line}: ${what}`);
  }

  #inGoWords(what: string): string {
    if (what.startsWith('unclosed tag') || what.startsWith('unexpected end')) return 'unexpected EOF';
    const unmatched = /^unmatched closing tag: (.*)$/.exec(what)?.[1];
    return unmatched === undefined ? what : `unexpected end element </${unmatched}>`;
  }
}
