import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printCondition, printStatement } from '../../../test/support/ottl-print.js';
import { StatementError } from '../ottl-error.js';
import { parseCondition, parseStatement } from './parser.js';

const folder = path.join(import.meta.dirname, '../../../test/recorded/ottl');

/** Every text below the lists of statements and conditions of the recorded configurations. */
const recorded = [
  ...new Set(
    readdirSync(folder)
      .filter((name) => name.endsWith('.jsonl'))
      .flatMap(textsOf),
  ),
];

function textsOf(name: string): string[] {
  const lines = readFileSync(path.join(folder, name), 'utf8').trimEnd().split('\n');
  return lines
    .flatMap((line) => strings((JSON.parse(line) as { config: unknown }).config))
    .filter((text) => /[( ]/.test(text));
}

function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value.replaceAll('$$', '$')];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(strings) : [];
}

/** The text printed and parsed again without offsets; undefined when it is none. */
function parsed(text: string): unknown {
  for (const [parse, print] of [
    [parseStatement, printStatement],
    [parseCondition, printCondition],
  ] as const) {
    try {
      const node = parse(text);
      return { node: bare(node), again: bare(parse((print as (node: unknown) => string)(node))) };
    } catch (error) {
      if (!(error instanceof StatementError)) throw error;
      if (error.offset !== undefined) expect(error.offset).toBeLessThanOrEqual(text.length);
    }
  }
  return undefined;
}

function bare(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(bare);
  if (typeof node !== 'object' || node === null || node instanceof Uint8Array) return node;
  return Object.fromEntries(
    Object.entries(node).flatMap(([name, value]) =>
      name === 'offset' || name === 'end' ? [] : [[name, bare(value) as unknown]],
    ),
  );
}

function expectStable(text: string): void {
  const result = parsed(text) as { node: unknown; again: unknown } | undefined;
  if (result) expect(result.again).toEqual(result.node);
}

describe('the parser', () => {
  it('reads what it has printed, for every recorded statement', () => {
    let read = 0;
    for (const text of recorded) {
      expectStable(text);
      if (parsed(text)) read++;
    }
    expect(recorded.length).toBeGreaterThan(1200);
    expect(read).toBeGreaterThan(1100);
  });

  it('refuses any other text with a StatementError', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 60 }), expectStable), { numRuns: 3000 });
  });

  it('refuses changed statements with a StatementError', () => {
    const piece = fc.oneof(
      fc.constantFrom(...' ()[]{},.:=<>!+-*/"\\', 'not ', ' and ', ' or ', ' where ', 'nil', '0x', '1e3', 'A', 'a'),
      fc.string({ maxLength: 3 }),
    );
    const changed = fc
      .tuple(fc.constantFrom(...recorded), fc.nat(), fc.nat(6), piece)
      .map(([text, at, length, put]) => {
        const from = at % (text.length + 1);
        return text.slice(0, from) + put + text.slice(from + length);
      });
    fc.assert(fc.property(changed, expectStable), { numRuns: 5000 });
  });
});
