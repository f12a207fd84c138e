import { StatementError } from '../../ottl-error.js';
import type { XmlNode } from './xml-node.js';
import { xpathCall } from './xpath-functions.js';
import { axisNamed, filter, documentOrder, take, type NodeTest, type XPathStep } from './xpath-steps.js';
import { xpathTokens, type Token } from './xpath-tokens.js';
import { compare, numberOf, truthOf, XPathBudget, type XPathExpression } from './xpath-value.js';

/** Finds nodes of a document, in its order. */
export type XPath = (document: XmlNode) => readonly XmlNode[];

/** Compiles an expression of XPath 1.0 that selects nodes. Throws a `StatementError` for one that is wrong. */
export function compileXPath(expression: string): XPath {
  const evaluate = new XPathParser(expression).whole();
  return (document) => {
    const value = evaluate({ node: document, position: 1, size: 1, budget: new XPathBudget() });
    return typeof value === 'object' ? value : [];
  };
}

/** Operators from the loosest to the tightest. */
const levels: readonly (readonly string[])[] = [
  ['or'],
  ['and'],
  ['=', '!='],
  ['<', '<=', '>', '>='],
  ['+', '-'],
  ['*', 'div', 'mod'],
];

const nodeTypes: Readonly<Record<string, NodeTest>> = {
  'node()': () => true,
  'text()': ({ kind }) => kind === 'text' || kind === 'cdata',
  'comment()': ({ kind }) => kind === 'comment',
  'processing-instruction()': ({ kind }) => kind === 'declaration',
};

class XPathParser {
  readonly #expression: string;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(expression: string) {
    this.#expression = expression;
    this.#tokens = xpathTokens(expression);
  }

  whole(): XPathExpression {
    const expression = this.#operators(0);
    if (this.#next.kind !== 'end') this.#fail();
    return expression;
  }

  #operators(level: number): XPathExpression {
    const operators = levels[level];
    if (operators === undefined) return this.#negation();
    let left = this.#operators(level + 1);
    while (operators.includes(this.#next.text) && this.#next.kind !== 'text') {
      const operator = this.#advance().text;
      left = combine(operator, left, this.#operators(level + 1));
    }
    return left;
  }

  #negation(): XPathExpression {
    if (!this.#skip('-')) return this.#union();
    const operand = this.#negation();
    return (scene) => -numberOf(operand(scene));
  }

  #union(): XPathExpression {
    const parts = [this.#path()];
    while (this.#skip('|')) parts.push(this.#path());
    const [only] = parts;
    if (parts.length === 1 && only !== undefined) return only;
    return (scene) => {
      const found = new Set<XmlNode>();
      for (const part of parts) {
        const value = part(scene);
        if (typeof value === 'object') for (const node of value) found.add(node);
      }
      return documentOrder(found);
    };
  }

  #path(): XPathExpression {
    const primary = this.#primary();
    if (primary !== undefined) return this.#filtered(primary);
    const isAbsolute = this.#next.text === '/' || this.#next.text === '//';
    const steps: XPathStep[] = [];
    if (this.#skip('//')) steps.push(anywhere);
    else if (this.#skip('/') && !this.#startsStep()) return (scene) => [rootOf(scene.node)];
    steps.push(this.#step(), ...this.#moreSteps());
    return (scene) => {
      let nodes: readonly XmlNode[] = [isAbsolute ? rootOf(scene.node) : scene.node];
      for (const step of steps) nodes = take(step, nodes, scene.budget);
      return nodes;
    };
  }

  /** A value in front of predicates and steps: `(//a)[1]/b`. */
  #filtered(primary: XPathExpression): XPathExpression {
    const predicates = this.#predicates();
    const steps = this.#moreSteps();
    if (predicates.length === 0 && steps.length === 0) return primary;
    return (scene) => {
      const value = primary(scene);
      let nodes: readonly XmlNode[] = typeof value === 'object' ? value : [];
      for (const predicate of predicates) nodes = filter(nodes, predicate, scene.budget);
      for (const step of steps) nodes = take(step, nodes, scene.budget);
      return nodes;
    };
  }

  #moreSteps(): XPathStep[] {
    const steps: XPathStep[] = [];
    for (;;) {
      if (this.#skip('//')) steps.push(anywhere);
      // A slash at the end selects the same.
      else if (!this.#skip('/') || this.#next.kind === 'end') return steps;
      steps.push(this.#step());
    }
  }

  #primary(): XPathExpression | undefined {
    const { kind, text } = this.#next;
    if (kind === 'text') {
      this.#at++;
      return () => text;
    }
    if (kind === 'number') {
      this.#at++;
      return () => Number(text);
    }
    if (this.#skip('(')) {
      const inner = this.#operators(0);
      this.#expect(')');
      return inner;
    }
    const isCall = kind === 'name' && this.#tokens[this.#at + 1]?.text === '(';
    return isCall && !Object.hasOwn(nodeTypes, `${text}()`) ? this.#call() : undefined;
  }

  #call(): XPathExpression {
    const name = this.#advance().text;
    this.#expect('(');
    const args: XPathExpression[] = [];
    while (!this.#skip(')')) {
      if (args.length > 0) this.#expect(',');
      args.push(this.#operators(0));
    }
    return xpathCall(name, args);
  }

  #startsStep(): boolean {
    const { kind, text } = this.#next;
    return kind === 'name' || (kind === 'symbol' && ['.', '..', '@', '*'].includes(text));
  }

  #step(): XPathStep {
    if (this.#skip('.')) return { axis: axisNamed('self'), test: () => true, predicates: this.#predicates() };
    if (this.#skip('..')) return { axis: axisNamed('parent'), test: () => true, predicates: this.#predicates() };
    let axis = 'child';
    if (this.#skip('@')) axis = 'attribute';
    else if (this.#tokens[this.#at + 1]?.text === '::') {
      axis = this.#advance().text;
      this.#at++;
    }
    const found = axisNamed(axis);
    return {
      axis: found,
      test: this.#test(axis === 'attribute' ? 'attribute' : 'element'),
      predicates: this.#predicates(),
    };
  }

  #test(principal: 'attribute' | 'element'): NodeTest {
    if (this.#skip('*')) return ({ kind }) => kind === principal;
    if (this.#next.kind !== 'name') this.#fail();
    const first = this.#advance().text;
    const type = Object.hasOwn(nodeTypes, `${first}()`) ? nodeTypes[`${first}()`] : undefined;
    if (type !== undefined && this.#skip('(')) {
      this.#expect(')');
      return type;
    }
    if (!this.#skip(':')) return ({ kind, prefix, name }) => kind === principal && name === first && prefix === '';
    if (this.#skip('*')) return ({ kind, prefix }) => kind === principal && prefix === first;
    if (this.#next.kind !== 'name') this.#fail();
    const local = this.#advance().text;
    return ({ kind, prefix, name }) => kind === principal && name === local && prefix === first;
  }

  #predicates(): XPathExpression[] {
    const predicates: XPathExpression[] = [];
    while (this.#skip('[')) {
      predicates.push(this.#operators(0));
      this.#expect(']');
    }
    return predicates;
  }

  get #next(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', text: '' };
  }

  #advance(): Token {
    const token = this.#next;
    this.#at++;
    return token;
  }

  #skip(symbol: string): boolean {
    if (this.#next.kind !== 'symbol' || this.#next.text !== symbol) return false;
    this.#at++;
    return true;
  }

  #expect(symbol: string): void {
    if (!this.#skip(symbol)) this.#fail();
  }

  #fail(): never {
    const { kind, text } = this.#next;
    const found = kind === 'end' ? 'it ends too early' : `unexpected "${text}"`;
    throw new StatementError(`invalid xpath "${this.#expression}": ${found}`);
  }
}

const anywhere: XPathStep = { axis: axisNamed('descendant-or-self'), test: () => true, predicates: [] };

function combine(operator: string, left: XPathExpression, right: XPathExpression): XPathExpression {
  switch (operator) {
    case 'or':
      return (scene) => truthOf(left(scene)) || truthOf(right(scene));
    case 'and':
      return (scene) => truthOf(left(scene)) && truthOf(right(scene));
    case '+':
      return (scene) => numberOf(left(scene)) + numberOf(right(scene));
    case '-':
      return (scene) => numberOf(left(scene)) - numberOf(right(scene));
    case '*':
      return (scene) => numberOf(left(scene)) * numberOf(right(scene));
    case 'div':
      return (scene) => numberOf(left(scene)) / numberOf(right(scene));
    case 'mod':
      return (scene) => numberOf(left(scene)) % numberOf(right(scene));
    default:
      return (scene) => compare(operator, left(scene), right(scene), scene.budget);
  }
}

function rootOf(node: XmlNode): XmlNode {
  let root = node;
  while (root.parent !== undefined) root = root.parent;
  return root;
}
