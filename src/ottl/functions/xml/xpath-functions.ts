import { StatementError } from '../../ottl-error.js';
import { numberOf, textOf, truthOf, type XPathExpression, type XPathScene, type XPathValue } from './xpath-value.js';

interface XPathFunction {
  readonly least: number;
  readonly most: number;
  call(args: readonly XPathValue[], scene: XPathScene): XPathValue;
}

const functions: Readonly<Record<string, XPathFunction>> = {
  position: { least: 0, most: 0, call: (_, { position }) => position },
  last: { least: 0, most: 0, call: (_, { size }) => size },
  true: { least: 0, most: 0, call: () => true },
  false: { least: 0, most: 0, call: () => false },
  count: { least: 1, most: 1, call: ([nodes = []]) => (typeof nodes === 'object' ? nodes.length : 0) },
  not: { least: 1, most: 1, call: ([value = false]) => !truthOf(value) },
  boolean: { least: 1, most: 1, call: ([value = false]) => truthOf(value) },
  number: { least: 0, most: 1, call: ([value], scene) => numberOf(value ?? [scene.node]) },
  string: { least: 0, most: 1, call: ([value], scene) => textOf(value ?? [scene.node]) },
  'string-length': { least: 0, most: 1, call: ([value], scene) => [...textOf(value ?? [scene.node])].length },
  'normalize-space': {
    least: 0,
    most: 1,
    call: ([value], scene) =>
      textOf(value ?? [scene.node])
        .trim()
        .replaceAll(/\s+/g, ' '),
  },
  name: { least: 0, most: 1, call: ([value], scene) => nodeOf(value, scene)?.qualifiedName ?? '' },
  'local-name': { least: 0, most: 1, call: ([value], scene) => nodeOf(value, scene)?.name ?? '' },
  contains: { least: 2, most: 2, call: ([text = '', part = '']) => textOf(text).includes(textOf(part)) },
  'starts-with': { least: 2, most: 2, call: ([text = '', part = '']) => textOf(text).startsWith(textOf(part)) },
  'ends-with': { least: 2, most: 2, call: ([text = '', part = '']) => textOf(text).endsWith(textOf(part)) },
  'lower-case': { least: 1, most: 1, call: ([text = '']) => textOf(text).toLowerCase() },
  concat: { least: 2, most: 100, call: (texts) => texts.map(textOf).join('') },
  'substring-before': { least: 2, most: 2, call: ([text = '', part = '']) => before(textOf(text), textOf(part)) },
  'substring-after': { least: 2, most: 2, call: ([text = '', part = '']) => after(textOf(text), textOf(part)) },
  substring: { least: 2, most: 3, call: ([text = '', from = 0, length]) => substring(textOf(text), from, length) },
  translate: { least: 3, most: 3, call: ([text = '', from = '', to = '']) => translate(text, from, to) },
  sum: { least: 1, most: 1, call: ([nodes = []]) => sum(nodes) },
  floor: { least: 1, most: 1, call: ([value = 0]) => Math.floor(numberOf(value)) },
  ceiling: { least: 1, most: 1, call: ([value = 0]) => Math.ceil(numberOf(value)) },
  round: { least: 1, most: 1, call: ([value = 0]) => Math.round(numberOf(value)) },
};

/** A call of a function of XPath 1.0. Throws a `StatementError` for an unknown one and a wrong number of arguments. */
export function xpathCall(name: string, args: readonly XPathExpression[]): XPathExpression {
  const found = Object.hasOwn(functions, name) ? functions[name] : undefined;
  if (found === undefined) throw new StatementError(`invalid xpath: there is no function ${name}()`);
  if (args.length < found.least || args.length > found.most)
    throw new StatementError(`invalid xpath: wrong number of arguments for ${name}()`);
  return (scene) => found.call(args.map((argument) => argument(scene)), scene); // prettier-ignore
}

function nodeOf(value: XPathValue | undefined, scene: XPathScene): XPathScene['node'] | undefined {
  if (value === undefined) return scene.node;
  return typeof value === 'object' ? value[0] : undefined;
}

function before(text: string, part: string): string {
  const at = text.indexOf(part);
  return at === -1 ? '' : text.slice(0, at);
}

function after(text: string, part: string): string {
  const at = text.indexOf(part);
  return at === -1 ? '' : text.slice(at + part.length);
}

function substring(text: string, from: XPathValue, length: XPathValue | undefined): string {
  const start = Math.round(numberOf(from));
  const end = length === undefined ? Number.POSITIVE_INFINITY : start + Math.round(numberOf(length));
  return [...text].filter((_, index) => index + 1 >= start && index + 1 < end).join('');
}

function translate(text: XPathValue, from: XPathValue, to: XPathValue): string {
  const target = [...textOf(to)];
  const map = new Map(
    [...textOf(from)].map((character, index) => [character, target[index] ?? ''] as const).toReversed(),
  );
  return [...textOf(text)].map((character) => map.get(character) ?? character).join('');
}

function sum(nodes: XPathValue): number {
  if (typeof nodes !== 'object') return Number.NaN;
  return nodes.reduce((total, node) => total + numberOf(node.innerText()), 0);
}
