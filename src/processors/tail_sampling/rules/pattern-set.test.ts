import { expect, test } from 'vitest';
import { KnownTexts } from './known-texts.js';
import { PatternSet } from './pattern-set.js';

const asks = (patterns: PatternSet, text: string): boolean => {
  const bytes = Buffer.from(`xx${text}yy`);
  return patterns.match(bytes, 2, bytes.length - 2);
};

test('one of several must match, anywhere', () => {
  const patterns = new PatternSet(['^/v\\d+$', 'health', '\\pL\\.go$', '(?i)ÉTÉ'], 0);
  for (const text of ['/v12', 'a/health/b', 'é.go', "l'été"])
    expect([asks(patterns, text), asks(patterns, text)]).toEqual([true, true]);
  for (const text of ['/v12/', 'heal', '1.go', '', '/v1\n'])
    expect([asks(patterns, text), asks(patterns, text)]).toEqual([false, false]);
});

test('the time is linear: repetitions of repetitions, and as many characters as there are', () => {
  const patterns = new PatternSet(['^(a+)+$', '(?i)x[^y]*(z|w)$'], 1);
  expect(asks(patterns, `${'a'.repeat(60_000)}b`)).toBe(false);
  let text = 'x';
  for (let i = 0; i < 60_000; i++) text += String.fromCodePoint(i < 20_000 ? 0x4e00 + i : 0x10000 + i);
  expect(asks(patterns, text)).toBe(false);
});

test('of a long text the beginning counts', () => {
  const patterns = new PatternSet(['needle'], 0);
  expect(asks(patterns, `${'a'.repeat(65_530)}needle`)).toBe(true);
  expect(asks(patterns, `${'a'.repeat(65_531)}needle`)).toBe(false);
});

test('the text that was not asked for longest is forgotten', () => {
  const known = new KnownTexts(2);
  const ask = (text: string): string => known.find(Buffer.from(text), 0, text.length);
  const tell = (text: string, answer: boolean): void => {
    expect(ask(text)).toBe('unknown');
    known.add(Buffer.from(text), 0, text.length, answer);
  };
  tell('a', true);
  tell('b', false);
  expect(ask('a')).toBe('yes');
  tell('c', true);
  expect([ask('a'), ask('b'), ask('c')]).toEqual(['yes', 'unknown', 'yes']);
});

test('texts are remembered by their bytes, and up to a size', () => {
  const known = new KnownTexts(1000);
  const text = (i: number, size: number): Buffer => Buffer.alloc(size, `${i} `);
  for (let i = 0; i < 500; i++) {
    const bytes = text(i, 20);
    known.find(bytes, 0, 20);
    known.add(bytes, 0, 20, i % 3 === 0);
    // Remembered texts must not change with memory that is used again.
    bytes.fill(0);
  }
  let remembered = 0;
  for (let i = 0; i < 500; i++) {
    const answer = known.find(text(i, 20), 0, 20);
    if (answer !== 'unknown') remembered++;
    if (answer !== 'unknown') expect(answer).toBe(i % 3 === 0 ? 'yes' : 'no');
  }
  expect(remembered).toBeGreaterThan(400);
  const long = text(1, 4097);
  expect(known.find(long, 0, 4097)).toBe('unknown');
  known.add(long, 0, 4097, true);
  expect(known.find(long, 0, 4097)).toBe('unknown');
});
