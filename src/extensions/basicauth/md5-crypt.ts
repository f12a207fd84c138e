import { byteAt } from '../../otlp/wire/at.js';
import { createHash } from 'node:crypto';

const alphabet = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const rounds = 1000;
/** Which bytes of the digest make up each group of four characters. */
const order = [
  [0, 6, 12],
  [1, 7, 13],
  [2, 8, 14],
  [3, 9, 15],
  [4, 10, 5],
] as const;

/** The password hash of Apache (`$apr1$`) and of old Unix systems (`$1$`), as a whole entry. */
export function md5Crypt(password: string, magic: '$apr1$' | '$1$', salt: string): string {
  const secret = Buffer.from(password);
  const salted = Buffer.from(salt);
  const md5 = (...parts: readonly Uint8Array[]): Buffer => createHash('md5').update(Buffer.concat(parts)).digest();
  const inner = md5(secret, salted, secret);
  const start: Uint8Array[] = [secret, Buffer.from(magic), salted];
  for (let left = secret.length; left > 0; left -= 16) start.push(inner.subarray(0, Math.min(16, left)));
  for (let bits = secret.length; bits > 0; bits >>= 1)
    start.push((bits & 1) === 1 ? Buffer.alloc(1) : secret.subarray(0, 1));
  let digest = md5(...start);
  for (let i = 0; i < rounds; i++) {
    const parts: Uint8Array[] = [i % 2 === 1 ? secret : digest];
    if (i % 3 !== 0) parts.push(salted);
    if (i % 7 !== 0) parts.push(secret);
    parts.push(i % 2 === 1 ? digest : secret);
    digest = md5(...parts);
  }
  let text = '';
  const put = (value: number, count: number): void => {
    for (let i = 0; i < count; i++) text += alphabet.charAt((value >> (6 * i)) & 0x3f);
  };
  for (const [a, b, c] of order) put((byteAt(digest, a) << 16) | (byteAt(digest, b) << 8) | byteAt(digest, c), 4);
  put(byteAt(digest, 11), 2);
  return `${magic}${salt}$${text}`;
}
