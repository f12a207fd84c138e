import { compileCondition, compileStatement } from '../../src/ottl/statement.js';
import { OttlError, StatementError } from '../../src/ottl/ottl-error.js';
import { renderStatementError } from '../../src/ottl/render-error.js';
import { Duration, Time, type Value } from '../../src/ottl/value.js';
import { plainEnvironment, plainScene, type PlainScene } from '../support/ottl.js';
import type { Target } from './targets.js';

const inferred = plainEnvironment();
const given = plainEnvironment(true);

function scene(): PlainScene {
  return plainScene({
    attributes: new Map<string, Value>([
      ['a', 1n],
      ['b', 2.5],
      ['c', 'text'],
      ['d', ['x', 1n, new Map([['y', true]])]],
      ['e', new Duration(1n)],
      ['f', Uint8Array.of(1)],
    ]),
    name: 'c',
    kind: 0n,
    time: new Time(1_700_000_000_000_000_000n),
  });
}

/** The message without the texts and numbers that it quotes. */
const plain = (message: string): string => message.replaceAll(/"[^"]*"|[0-9]+/g, '').slice(0, 60);

function attempt(run: () => unknown): string {
  try {
    return typeof run();
  } catch (error) {
    if (error instanceof OttlError) return plain(error.message);
    throw error;
  }
}

const seeds = [
  'set(log.attributes["a"], 1) where log.name == "c" and not (log.attributes["a"] < 2.5 or false)',
  'set(attributes[name], Concat(["a", 1, 2.5, nil, body], "-")) where attributes["d"][2]["y"] == true',
  'set(log.body, {"a": [1, -2, 0x0a], "b": {"c": Split("a b", " ")[1]}}) where IsString(log.body)',
  'set(body, (attributes["a"] + 1) * 2 / attributes["b"] - -1) where time - time == attributes["e"]',
  'limit(log.attributes, 5, ["a"]) where Substring("abc", 0, length=2, utf8_safe=true) != "ab"',
  'attributes["a"] == 1 and (attributes["a"] + 1) * 2 > 3.5e0 or SEVERITY_NUMBER_INFO != kind',
  'log.attributes["f"] <= 0x01 or Int(log.name) == 1 or log.attributes["d"] == ["x", 1, {"y": true}]',
];

/**
 * A statement or condition, compiled and run on an item; the first byte says whether it is a condition, and whether
 * its context is given.
 */
export const ottl: Target = {
  name: 'ottl',
  share: 0.3,
  seeds: seeds.map((text, i) => Buffer.from(`${String.fromCodePoint((i >= 5 ? 1 : 0) + (i % 2) * 2)}${text}`)),
  run(input) {
    const flags = input[0] ?? 0;
    const text = input.toString('utf8', 1);
    const environment = flags & 2 ? given : inferred;
    try {
      if (flags & 1) {
        const { matches } = compileCondition(text, environment);
        return attempt(() => matches(scene()));
      }
      const statement = compileStatement(text, environment);
      return attempt(() => statement.run(scene()));
    } catch (error) {
      if (!(error instanceof StatementError)) throw error;
      if ((error.offset ?? 0) > text.length) throw new Error('broken: a place behind the end', { cause: error });
      if (renderStatementError(text, error).length > 1000) throw new Error('broken: a long message', { cause: error });
      return plain(error.message);
    }
  },
};
