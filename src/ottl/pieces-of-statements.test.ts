import { expect, test } from 'vitest';
import { StatementSequence } from './sequence.js';
import { OttlError } from './ottl-error.js';
import type { Scene } from './scene.js';
import type { Statement } from './statement.js';

const scene = {} as Scene;

/** Statements that note their name; `slow` ones take 2 ms. */
function statements(seen: string[], names: readonly string[]): Statement[] {
  return names.map((name) => ({
    text: name,
    run: () => {
      seen.push(name);
      const began = performance.now();
      // real time: a piece of work ends by it.
      while (name.startsWith('slow') && performance.now() - began < 2);
      if (name === 'failing') throw new OttlError('failed');
      return true;
    },
  }));
}

test('on a costly item, others have their turn behind each statement that takes long', () => {
  const seen: string[] = [];
  const failures: string[] = [];
  const sequence = new StatementSequence(
    statements(seen, ['slow 1', 'slow 2', 'failing', 'slow 3']),
    'ignore',
    (_, failed) => failures.push(failed.text),
  );
  const work = sequence.running(scene);
  expect(work.next().done).toBe(false);
  expect(seen).toEqual(['slow 1']);
  expect(work.next().done).toBe(false);
  expect(seen).toEqual(['slow 1', 'slow 2']);
  while (work.next().done !== true);
  expect(seen).toEqual(['slow 1', 'slow 2', 'failing', 'slow 3']);
  expect(failures).toEqual(['failing']);
});

test('a failure that propagates ends the work between turns too', () => {
  const seen: string[] = [];
  const sequence = new StatementSequence(statements(seen, ['slow', 'failing', 'after']), 'propagate', () => {});
  const work = sequence.running(scene);
  work.next();
  expect(() => {
    while (work.next().done !== true);
  }).toThrow('failed to execute statement: failing, failed');
  expect(seen).toEqual(['slow', 'failing']);
});
