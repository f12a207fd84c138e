import { describe, expect, test } from 'vitest';
import { operatorWorld } from '../../test/support/entry-lines.js';

const recombine = {
  type: 'recombine',
  combine_field: 'body',
  is_first_entry: 'body startsWith "LOG"',
  source_identifier: 'attributes.src',
};

const file = { src: 'a.log' };

describe('lines that belong together', () => {
  test('wait for the next first line, and no longer than the period from the first on', async () => {
    const world = operatorWorld([{ ...recombine, force_flush_period: '2s' }]);
    expect(world.chain.dueAt()).toBe(Infinity);
    world.line('LOG 1', file);
    const due = world.clock.now() + 2000;
    expect(world.chain.dueAt()).toBe(due);
    await world.clock.pass(1500);
    world.line('more', file);
    expect(world.chain.dueAt()).toBe(due);
    world.flush();
    expect(world.bodies).toEqual([]);
    await world.clock.pass(500);
    world.flush();
    expect(world.bodies).toEqual(['LOG 1\nmore']);
    expect(world.chain.dueAt()).toBe(Infinity);
  });

  test('are handed on when there are too many sources', () => {
    const world = operatorWorld([{ ...recombine, max_sources: 2 }]);
    world.line('LOG a', { src: 'a' });
    world.line('LOG b', { src: 'b' });
    expect(world.bodies).toEqual([]);
    world.line('LOG c', { src: 'c' });
    expect(world.bodies).toEqual(['LOG a', 'LOG b']);
    expect(world.log).toEqual([
      ['error', 'Too many sources. Flushing all batched logs. Consider increasing max_sources parameter', {}],
    ]);
  });

  test('are handed on when all of them take too much memory, the oldest first', () => {
    const world = operatorWorld([{ ...recombine, max_batch_size: 0, max_unmatched_batch_size: 0 }]);
    const part = 'x'.repeat(1 << 20);
    for (const src of ['old', 'new']) for (let i = 0; i < 33; i++) world.line(part, { src });
    expect(world.bodies.map((body) => body.length)).toEqual([33 * part.length + 32]);
    expect(world.log.map(([level]) => level)).toEqual(['warn']);
    world.flush(Infinity);
    expect(world.bodies).toHaveLength(2);
  });

  test('count with all that the first entry has', () => {
    const texts = { type: 'json_parser' };
    const world = operatorWorld([texts, { ...recombine, combine_field: 'attributes.text', is_first_entry: 'false' }]);
    const large = 'x'.repeat(1 << 20);
    for (let i = 0; i < 100; i++) world.line(JSON.stringify({ src: `s${i}`, text: 'a', large, list: [[large]] }));
    expect(world.log.map(([level]) => level)).toContain('warn');
    expect(world.bodies.length).toBeGreaterThan(50);
  });

  test('keep the offset of their first line from being stored', () => {
    const world = operatorWorld([recombine]);
    const [one, other] = [{}, {}];
    world.line('LOG 1', file, { source: one, position: 0 });
    world.line('more', file, { source: one, position: 6 });
    world.line('LOG x', { src: 'b.log' }, { source: other, position: 100 });
    expect(world.chain.oldestHeld(one)).toBe(0);
    expect(world.chain.oldestHeld(other)).toBe(100);
    world.line('LOG 2', file, { source: one, position: 11 });
    expect(world.bodies).toEqual(['LOG 1\nmore']);
    expect(world.chain.oldestHeld(one)).toBe(11);
    world.flush(Infinity);
    expect(world.chain.oldestHeld(one)).toBeUndefined();
  });

  test('go through the operators behind, those that were held too', () => {
    const world = operatorWorld([recombine, { ...recombine, id: 'again', is_first_entry: 'body endsWith "!"' }]);
    for (const text of ['LOG 1', 'a!', 'LOG 2', 'b', 'LOG 3!']) world.line(text, file);
    world.flush(Infinity);
    expect(world.bodies).toEqual(['LOG 1\na!\nLOG 2\nb', 'LOG 3!']);
  });

  test('an entry without the field is no part of them', () => {
    const world = operatorWorld([{ ...recombine, combine_field: 'attributes.none' }]);
    world.line('LOG 1', file);
    expect(world.bodies).toEqual(['LOG 1']);
    expect(world.log[0]?.[2]).toMatchObject({ error: 'entry does not contain the combine_field as a text' });
  });
});

test('parts of a container line are held as long as five seconds', async () => {
  const world = operatorWorld([{ type: 'container', add_metadata_from_filepath: false }]);
  const path = { 'log.file.path': '/var/log/pods/a.log' };
  world.line('2024-06-22T10:27:25.1Z stdout P one ', path);
  world.line('2024-06-22T10:27:25.2Z stdout F whole', { 'log.file.path': '/other.log' });
  expect(world.bodies).toEqual(['whole']);
  await world.clock.pass(5000);
  world.flush();
  expect(world.bodies).toEqual(['whole', 'one ']);
});
