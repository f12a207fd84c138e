import { expect, test } from 'vitest';
import { awsAnswer, elementsAt, textAt } from './xml.js';

test('elements, texts and entities', () => {
  const answer = awsAnswer('<?xml version="1.0"?>\n<a x="1"><b>&lt;&#65;&amp;amp;</b><b/><c><b>2</b></c></a>');
  expect(textAt(answer, 'b')).toBe('<A&amp;');
  expect(elementsAt(answer, 'b')).toHaveLength(2);
  expect(textAt(answer, 'c', 'b')).toBe('2');
  expect(textAt(answer, 'd')).toBe('');
});

test.each(['', 'no XML', '<a>', '<a', '<a></b>', '</a>', '<a>&own;</a>'])('%j is refused', (text) => {
  expect(() => awsAnswer(text)).toThrow();
});
