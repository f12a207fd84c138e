/** Kinds of nodes. A `declaration` is what stands in `<? ?>`, the one at the beginning of a document included. */
export type XmlKind = 'document' | 'element' | 'attribute' | 'text' | 'cdata' | 'comment' | 'declaration' | 'directive';

/** A node of a document, which editing functions change in place. */
export class XmlNode {
  kind: XmlKind;
  /** `n` of `n:a`; '' for none. */
  prefix: string;
  /** `a` of `n:a`; the target of a declaration. */
  name: string;
  /** The text, or the value of an attribute. */
  data: string;
  parent: XmlNode | undefined;
  children: XmlNode[] = [];
  attributes: XmlNode[] = [];
  /** Place in the order of the document. */
  order: number;
  /** Left out when the document is written. */
  isRemoved = false;

  constructor(kind: XmlKind, order: number, name = '', data = '') {
    const colon = kind === 'element' || kind === 'attribute' ? name.indexOf(':') : -1;
    this.kind = kind;
    this.order = order;
    this.prefix = colon === -1 ? '' : name.slice(0, colon);
    this.name = name.slice(colon + 1);
    this.data = data;
  }

  append(child: XmlNode): void {
    child.parent = this;
    this.children.push(child);
  }

  get qualifiedName(): string {
    return this.prefix === '' ? this.name : `${this.prefix}:${this.name}`;
  }

  /** The node and all below it, in the order of the document. */
  *descendantsOrSelf(): Generator<XmlNode> {
    const open: XmlNode[] = [this];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      yield node;
      for (let i = node.children.length - 1; i >= 0; i--) open.push(node.children[i] as XmlNode);
    }
  }

  /** The text of the node and of all below it. */
  innerText(): string {
    if (this.kind === 'attribute' || this.kind === 'comment') return this.data;
    let text = '';
    for (const { kind, data } of this.descendantsOrSelf()) if (kind === 'text' || kind === 'cdata') text += data;
    return text;
  }
}
