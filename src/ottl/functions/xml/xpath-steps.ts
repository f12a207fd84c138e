import { StatementError } from '../../ottl-error.js';
import type { XmlNode } from './xml-node.js';
import { truthOf, type XPathBudget, type XPathExpression } from './xpath-value.js';

/** One step of a location path: where to look, for which nodes, and which of them to keep. */
export interface XPathStep {
  readonly axis: Axis;
  readonly test: NodeTest;
  readonly predicates: readonly XPathExpression[];
}

/** The nodes on an axis, the nearest first. */
export type Axis = (node: XmlNode) => Iterable<XmlNode>;
export type NodeTest = (node: XmlNode) => boolean;

const axes: Readonly<Record<string, Axis>> = {
  child: (node) => node.children,
  attribute: (node) => node.attributes,
  self: (node) => [node],
  parent: (node) => (node.parent === undefined ? [] : [node.parent]),
  'descendant-or-self': (node) => node.descendantsOrSelf(),
  descendant: (node) => below(node),
  ancestor: (node) => above(node.parent),
  'ancestor-or-self': (node) => above(node),
  'following-sibling': (node) => siblings(node, 1),
  'preceding-sibling': (node) => siblings(node, -1),
};

/** Throws a `StatementError` for a name that is none. */
export function axisNamed(name: string): Axis {
  const axis = Object.hasOwn(axes, name) ? axes[name] : undefined;
  if (axis === undefined) throw new StatementError(`invalid xpath: there is no axis ${name}`);
  return axis;
}

/** The nodes that a step finds from some, each once and in the order of the document. */
export function take(step: XPathStep, from: readonly XmlNode[], budget: XPathBudget): readonly XmlNode[] {
  const found = new Set<XmlNode>();
  for (const node of from) {
    let candidates: XmlNode[] = [];
    for (const candidate of step.axis(node)) {
      budget.spend(1);
      if (step.test(candidate)) candidates.push(candidate);
    }
    for (const predicate of step.predicates) candidates = filter(candidates, predicate, budget);
    for (const candidate of candidates) found.add(candidate);
  }
  return documentOrder(found);
}

export function filter(nodes: readonly XmlNode[], predicate: XPathExpression, budget: XPathBudget): XmlNode[] {
  const size = nodes.length;
  return nodes.filter((node, index) => {
    budget.spend(1);
    const value = predicate({ node, position: index + 1, size, budget });
    // A number alone is a place.
    return typeof value === 'number' ? value === index + 1 : truthOf(value);
  });
}

export function documentOrder(nodes: ReadonlySet<XmlNode>): readonly XmlNode[] {
  return [...nodes].toSorted((a, b) => a.order - b.order);
}

function* below(node: XmlNode): Generator<XmlNode> {
  for (const each of node.descendantsOrSelf()) if (each !== node) yield each;
}

function* above(node: XmlNode | undefined): Generator<XmlNode> {
  for (let each = node; each !== undefined; each = each.parent) yield each;
}

function siblings(node: XmlNode, direction: 1 | -1): readonly XmlNode[] {
  const all = node.parent?.children ?? [];
  const at = all.indexOf(node);
  if (at === -1) return [];
  return direction === 1 ? all.slice(at + 1) : all.slice(0, at).toReversed();
}
