import { expect, test } from 'vitest';
import { signedHeaders } from './signature.js';

const keys = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: '',
};
const request = {
  host: 'example.amazonaws.com',
  path: '/',
  contentType: 'application/x-www-form-urlencoded',
  body: 'Param1=value1',
  region: 'us-east-1',
  service: 'service',
  atMs: Date.UTC(2015, 7, 30, 12, 36),
};

test('the example post-x-www-form-urlencoded of the test suite of AWS', () => {
  expect(signedHeaders(request, keys)).toEqual({
    'content-type': 'application/x-www-form-urlencoded',
    host: 'example.amazonaws.com',
    'x-amz-date': '20150830T123600Z',
    authorization:
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, ' +
      'SignedHeaders=content-type;host;x-amz-date, ' +
      'Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
  });
});

test('a session token is signed', () => {
  const plain = signedHeaders(request, keys);
  const withToken = signedHeaders(request, { ...keys, sessionToken: 'token' });
  expect(withToken).toMatchObject({
    'x-amz-security-token': 'token',
    authorization: expect.stringContaining('SignedHeaders=content-type;host;x-amz-date;x-amz-security-token'),
  });
  expect(withToken['authorization']?.slice(-64)).not.toBe(plain['authorization']?.slice(-64));
});
