import { OttlError } from '../../ottl-error.js';
import type { XmlNode } from './xml-node.js';

/** The result of an XPath expression: nodes in the order of the document, or a simple value. */
export type XPathValue = readonly XmlNode[] | string | number | boolean;

/** The node at which an expression is evaluated. */
export interface XPathScene {
  readonly node: XmlNode;
  /** Among the nodes that a predicate is applied to, from 1. */
  readonly position: number;
  readonly size: number;
  readonly budget: XPathBudget;
}

export type XPathExpression = (scene: XPathScene) => XPathValue;

/** Nodes that one evaluation may look at: a predicate such as `[//a]` looks at the whole document for each node. */
export class XPathBudget {
  #left = 2_000_000;

  spend(nodes: number): void {
    this.#left -= nodes;
    if (this.#left < 0) throw new OttlError('the XPath expression takes too many steps on this document');
  }
}

export function textOf(value: XPathValue): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean' || typeof value === 'number') return String(value);
  return value[0]?.innerText() ?? '';
}

export function numberOf(value: XPathValue): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  const text = textOf(value).trim();
  return /^-?(?:\d+(?:\.\d*)?|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
}

export function truthOf(value: XPathValue): boolean {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return value !== 0 && !Number.isNaN(value);
  return value.length > 0;
}

type Order = (a: number, b: number) => boolean;

/** Whether a comparison holds for some node of each side that is a set of nodes. */
export function compare(operator: string, left: XPathValue, right: XPathValue, budget: XPathBudget): boolean {
  if (typeof left === 'boolean' || typeof right === 'boolean')
    return isEquality(operator)
      ? (truthOf(left) === truthOf(right)) === (operator === '=')
      : ordered(operator)(numberOf(truthOf(left)), numberOf(truthOf(right)));
  const lefts = typeof left === 'object' ? left.map((node) => node.innerText()) : [left];
  const rights = typeof right === 'object' ? right.map((node) => node.innerText()) : [right];
  budget.spend(lefts.length * rights.length);
  return lefts.some((one) => rights.some((other) => compareSimple(operator, one, other)));
}

function compareSimple(operator: string, one: string | number, other: string | number): boolean {
  if (!isEquality(operator)) return ordered(operator)(numberOf(one), numberOf(other));
  const isEqual =
    typeof one === 'number' || typeof other === 'number' ? numberOf(one) === numberOf(other) : one === other;
  return isEqual === (operator === '=');
}

function isEquality(operator: string): boolean {
  return operator === '=' || operator === '!=';
}

function ordered(operator: string): Order {
  if (operator === '<') return (a, b) => a < b;
  if (operator === '<=') return (a, b) => a <= b;
  return operator === '>' ? (a, b) => a > b : (a, b) => a >= b;
}
