import { expect, test } from 'vitest';
import { isAllIds, sanitizedUrl } from './sanitized-url.js';

test.each([
  ['', ''],
  ['/', '/'],
  ['/api/users/123e4567-e89b-12d3-a456-426614174000', '/api/users/*'],
  ['/api/users/123/posts/456?name=john#top', '/api/users/*/posts/*'],
  ['/users/fdklsd/j4elk/23993/job/2', '/users/*/j4elk/*/job/*'],
  ['/usuarios/fdklsd/trabajo/2', '/usuarios/*/trabajo/*'],
  ['/Benutzer/ljgdflgjf/Arbeit', '/Benutzer/*/Arbeit'],
  ['/v1/products//22j', '/v1/products//*'],
  ['/v1/k6-test-runs/1/', '/v1/k6-test-runs/*/'],
  ['GET /orders/123?sql=SELECT+1', 'GET /orders/*'],
  ['payments-dev-sql-adapter-queue /api/process/123', 'payments-dev-sql-adapter-queue /api/process/*'],
  ['https://example.com/users/7', '*//example.com/users/*'],
  ['/w/index.php/*', '/w/index.php/*'],
  ['/a/b/c/d/e/f/g/h/i/j/k', '/a/b/c/d/e/f/g/h/i'],
  ['?a=b', ''],
  ['/größe', '/*'],
])('%j becomes %j', (given, expected) => expect(sanitizedUrl(given)).toBe(expected));

test.each([
  ['*', true],
  ['/*/*/', true],
  ['', false],
  ['///', false],
  ['/users/*', false],
])('%j has nothing but IDs: %j', (given, expected) => expect(isAllIds(given)).toBe(expected));
