import bcrypt from 'bcryptjs';
import { digest, isOneOf } from '../../net/credentials/same-secret.js';
import { md5Crypt } from './md5-crypt.js';

const ofBcrypt = /^\$2[aby]\$/;
const ofMd5 = /^(\$apr1\$|\$1\$)([^$]{0,8})\$/;

/** Whether it takes milliseconds to compare a password with this hash. */
export function isCostly(hash: string): boolean {
  return ofBcrypt.test(hash) || ofMd5.test(hash);
}

/**
 * Whether a password belongs to a costly hash: bcrypt or Apache's MD5. None belongs to a hash that cannot be computed,
 * such as one with too few characters.
 */
export function matchesCostly(password: string, hash: string): boolean {
  const md5 = ofMd5.exec(hash);
  if (md5) return isOneOf(md5Crypt(password, md5[1] as '$apr1$' | '$1$', md5[2] ?? ''), [digest(hash)]);
  try {
    return bcrypt.compareSync(password, hash);
  } catch {
    return false;
  }
}
