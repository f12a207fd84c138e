import { describe, expect, it } from 'vitest';
import { plainEnvironment, plainScene } from '../../test/support/ottl.js';
import { ConditionSequence, StatementSequence, type ErrorMode } from './sequence.js';
import { compileCondition, compileStatement } from './statement.js';

const environment = plainEnvironment();

function statements(mode: ErrorMode, texts: readonly string[]): { run: () => unknown; reports: string[] } {
  const reports: string[] = [];
  const sequence = new StatementSequence(
    texts.map((text) => compileStatement(text, environment)),
    mode,
    (error, { text }) => reports.push(`${text}: ${error.message}`),
  );
  const scene = plainScene({ name: 'x' });
  return { run: () => (sequence.run(scene), scene.fields.get('body')), reports };
}

function conditions(mode: ErrorMode, texts: readonly string[]): { run: () => unknown; reports: string[] } {
  const reports: string[] = [];
  const sequence = new ConditionSequence(
    texts.map((text) => compileCondition(text, environment)),
    mode,
    (error, { text }) => reports.push(`${text}: ${error.message}`),
  );
  return { run: () => sequence.matches(plainScene({ name: 'x' })), reports };
}

describe('statements', () => {
  const texts = ['set(log.body, 1)', 'set(log.body, Int(log.name))', 'set(log.body, log.body + 1)'];
  const failure = 'strconv.ParseInt: parsing "x": invalid syntax';

  it('run on behind one that fails', () => {
    const ignoring = statements('ignore', texts);
    expect(ignoring.run()).toBe(2n);
    expect(ignoring.reports).toEqual([`set(log.body, Int(log.name)): ${failure}`]);
    const silent = statements('silent', texts);
    expect(silent.run()).toBe(2n);
    expect(silent.reports).toEqual([]);
  });

  it('end with one that fails when failures propagate', () => {
    const propagating = statements('propagate', texts);
    expect(propagating.run).toThrow(`failed to execute statement: set(log.body, Int(log.name)), ${failure}`);
    expect(propagating.reports).toEqual([]);
  });
});

describe('conditions', () => {
  const texts = ['log.name == "y"', 'Int(log.name) == 1', 'log.name == "x"'];

  it('hold when one behind a failing one does', () => {
    const ignoring = conditions('ignore', texts);
    expect(ignoring.run()).toBe(true);
    expect(ignoring.reports).toHaveLength(1);
    const silent = conditions('silent', texts.slice(0, 2));
    expect(silent.run()).toBe(false);
    expect(silent.reports).toEqual([]);
  });

  it('fail with one when failures propagate', () => {
    expect(conditions('propagate', texts).run).toThrow(
      'failed to eval condition: Int(log.name) == 1, strconv.ParseInt: parsing "x": invalid syntax',
    );
    expect(conditions('propagate', texts.toReversed()).run()).toBe(true);
  });
});
