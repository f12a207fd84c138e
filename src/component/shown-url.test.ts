import { expect, test } from 'vitest';
import { shownNoUrl, shownUrl } from './shown-url.js';

test.each([
  ['http://127.0.0.1:4318/v1/traces', 'http://127.0.0.1:4318/v1/traces'],
  ['http://a:1', 'http://a:1'],
  ['http://a/p@q', 'http://a/p@q'],
  ['backend:4317', 'backend:4317'],
  ['[::1]:4317', '[::1]:4317'],
  ['dns:///host:1', 'dns:///host:1'],
  ['', ''],
  ['http://me:s3cret@a:1/x', 'http://***@a:1/x'],
  ['https://s3cret@a/', 'https://***@a/'],
  ['http:\\\\me:s3cret@a\\x', 'http://***@a/x'],
  ['http:me:s3cret@a', 'http://***@a/'],
  ['http://me:s3/cr?et@a:1/x', 'http://***@a:1/x'],
  ['me:s3cret@backend:4317', '***@backend:4317'],
  ['http://me:s3cret @a b/', 'http://***@a b/'],
  ['https://a/x?token=s3cret&s3cret&empty=#s3cret', 'https://a/x?token=***&***&empty=#***'],
  ['https://me:s3cret@a/x?token=s3cret', 'https://***@a/x?token=***'],
  ['backend:4317?token=s3cret', 'backend:4317?token=***'],
  ['s3cret://a:1/x', '***://a:1/x'],
  ['s3cret://me:s3cret@a:1/x', '***://***@a:1/x'],
])('%s is shown as %s', (url, shown) => {
  expect(shownUrl(url)).toBe(shown);
});

test.each([
  ['::x', '::x'],
  ['s3cret', '***'],
  ['http://me:s3cret word@a', 'http://me:*** ***@a'],
  ['host:s3cret', '***:***'],
])('%s, which is refused as a URL, is shown as %s', (text, shown) => {
  expect(shownNoUrl(text)).toBe(shown);
});
