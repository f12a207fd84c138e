import { describe, expect, it } from 'vitest';

import { callConverter, named } from '../../../../test/support/ottl-call.js';
import type { Value } from '../../value.js';
import { xmlFunctions } from './table.js';

const sample = '<a id="1"><b>x</b><b k="v">y</b><c/><d>t<e>u</e>w</d></a>';

function call(name: string, ...args: Value[]): unknown {
  return plain(callConverter(named(xmlFunctions, name), ...args));
}

function plain(value: Value): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, each]) => [key, plain(each)]));
  return Array.isArray(value) ? value.map(plain) : value;
}

describe('ParseXML', () => {
  it('makes maps of elements', () => {
    expect(call('ParseXML', sample)).toEqual({
      tag: 'a',
      attributes: { id: '1' },
      children: [
        { tag: 'b', content: 'x' },
        { tag: 'b', attributes: { k: 'v' }, content: 'y' },
        { tag: 'c' },
        { tag: 'd', content: 'tw', children: [{ tag: 'e', content: 'u' }] },
      ],
    });
    expect(call('ParseXML', '<?xml version="1.0"?>\n<n:a> é &amp; <![CDATA[x<y]]><!-- c --></n:a>junk <')).toEqual({
      tag: 'a',
      content: 'é &x<y',
    });
  });

  it.each([
    ['<a>', 'unmarshal xml: decode next token: XML syntax error on line 1: unexpected EOF'],
    ['<a>\n</b>', 'XML syntax error on line 2: element <a> closed by </b>'],
    ['</b>', 'XML syntax error on line 1: unexpected end element </b>'],
    ['', 'unmarshal xml: decode next token: EOF'],
  ])('refuses %j', (text, message) => expect(() => call('ParseXML', text)).toThrow(message));

  it('reads 10,000 levels and refuses more without recursion', () => {
    const deep = (levels: number): string => '<a>'.repeat(levels) + '</a>'.repeat(levels);
    expect(callConverter(named(xmlFunctions, 'ParseXML'), deep(10_000))).toBeInstanceOf(Map);
    expect(() => call('ParseXML', deep(10_001))).toThrow('exceeds the maximum of 10000');
    expect(call('ConvertTextToElementsXML', deep(10_000))).toBe(deep(10_000));
  });

  it('bounds the number of nodes', () => {
    expect(() => call('GetXML', `<a>${'<b/>'.repeat(100_000)}</a>`, '/a')).toThrow('more than 100000 nodes');
  });
});

describe('ParseSimplifiedXML', () => {
  it.each([
    [sample, { a: { b: ['x', 'y'], d: { e: 'u' } } }],
    ['<a>x</a>', { a: 'x' }],
    ['<a/>', {}],
    ['<r><a><x>1</x></a><a><x>2</x></a></r>', { r: { a: [{ x: '1' }, { x: '2' }] } }],
    ['<a><b>1</b><b/><c><![CDATA[2]]></c></a>', { a: { b: ['1'], c: '2' } }],
  ])('makes maps of %s', (text, expected) => expect(call('ParseSimplifiedXML', text)).toEqual(expected));
});

describe('GetXML', () => {
  it.each([
    ['/a/b', '<b>x</b><b k="v">y</b>'],
    ['/a/b[@k]', '<b k="v">y</b>'],
    ["//b[@k='v']", '<b k="v">y</b>'],
    ['/a/@id', '1'],
    ['//e', '<e>u</e>'],
    ['/a/b[2]', '<b k="v">y</b>'],
    ['/a/*[last()]', '<d>t<e>u</e>w</d>'],
    ['//e/..', '<d>t<e>u</e>w</d>'],
    ['//d/text()', 'tw'],
    ["//*[contains(text(), 'x') or starts-with(., 'y')]", '<b>x</b><b k="v">y</b>'],
    ['/a/b[position() > 1 and not(@z)]', '<b k="v">y</b>'],
    ['//c | //e', '<c></c><e>u</e>'],
    ['(//b)[1]', '<b>x</b>'],
    ['/a/b[./@k="v"]/preceding-sibling::b', '<b>x</b>'],
    ['/a[count(b) = 2]/c', '<c></c>'],
    ['/nope', ''],
  ])('selects by %s', (xpath, expected) => expect(call('GetXML', sample, xpath)).toBe(expected));

  it('reads text of CDATA and escapes it', () => {
    expect(call('GetXML', '<a><![CDATA[x<y]]></a>', '/a/text()')).toBe('x&lt;y');
  });

  it.each(['', '/a[', '//', '/a]', 'nofunction(1)', 'contains(1)', 'bogus::a', '/a/#'])('refuses %j', (xpath) => {
    expect(() => call('GetXML', sample, xpath)).toThrow('invalid xpath');
  });

  it('bounds the steps that an expression takes', () => {
    const wide = `<a>${'<b/>'.repeat(20_000)}</a>`;
    expect(() => call('GetXML', wide, '//b[count(//b) = 0]')).toThrow('takes too many steps');
  });
});

describe('functions that edit', () => {
  it.each<[string, Value[], string]>([
    ['InsertXML', [sample, '/a/c', '<n/>'], sample.replace('<c/>', '<c><n></n></c>')],
    ['InsertXML', ['<a/>', '/', '<n>1</n>'], '<a></a><n>1</n>'],
    ['RemoveXML', [sample, '/a/b'], '<a id="1"><c></c><d>t<e>u</e>w</d></a>'],
    ['RemoveXML', [sample, '//@*'], '<a><b>x</b><b>y</b><c></c><d>t<e>u</e>w</d></a>'],
    ['RemoveXML', ['<a><!-- x --><b>s</b></a>', '//comment()'], '<a><b>s</b></a>'],
    ['RemoveXML', ['<?xml version="1.0"?>\n<a> <b/> </a>', '//b'], '<?xml version="1.0"?><a></a>'],
    ['ConvertAttributesToElementsXML', ['<a x="1" y="2"><b/></a>'], '<a><b></b><x>1</x><y>2</y></a>'],
    ['ConvertAttributesToElementsXML', ['<a x="1"><b y="2"/></a>', '/a/b/@*'], '<a x="1"><b><y>2</y></b></a>'],
    ['ConvertTextToElementsXML', ['<a>t<e>u</e>w</a>'], '<a><value>t</value><e>u</e><value>w</value></a>'],
    ['ConvertTextToElementsXML', ['<a>t<e>u<f/></e></a>', '/a/e', 'v'], '<a>t<e><v>u</v><f></f></e></a>'],
    ['ConvertTextToElementsXML', ['<a xml:space="preserve"> x </a>'], '<a xml:space="preserve"> x </a>'],
  ])('%s of %j', (name, args, expected) => {
    expect(call(name, ...args)).toBe(expected.replaceAll('<c/>', '<c></c>'));
  });

  it('refuses what is no XML', () => {
    expect(() => call('InsertXML', '<a/>', '/a', '<n')).toThrow(
      'parse xml: XML syntax error on line 1: unexpected EOF',
    );
    expect(() => call('GetXML', 'text', '/a')).toThrow('invalid XML document');
    expect(() => call('InsertXML', '<a x="1"/>', '/a/@x', '<n/>')).toThrow('selected non-element');
  });

  it('bounds what it writes', () => {
    const wide = `<a>${'<b/>'.repeat(10_000)}</a>`;
    expect(() => call('InsertXML', wide, '//b', `<n>${'x'.repeat(10_000)}</n>`)).toThrow(
      'more than 4194304 characters',
    );
  });
});
