import { createHash } from 'node:crypto';

import { converter, type Converter } from '../../function.js';
import { string } from '../../parameters.js';
import type { Value } from '../../value.js';
import { fnv1a } from './fnv.js';
import { murmur3, murmur3x64 } from './murmur3.js';
import { xxh128, xxh3 } from './xxh3.js';

/** Converters from a text to a digest of its UTF-8 bytes. */
export const hashFunctions: readonly Converter[] = [
  digest('SHA1', cryptographic('sha1')),
  digest('SHA256', cryptographic('sha256')),
  digest('SHA512', cryptographic('sha512')),
  digest('MD5', cryptographic('md5')),
  digest('FNV', fnv1a),
  digest('Murmur3Hash', murmur3),
  digest('Murmur3Hash128', murmur3x64),
  digest('XXH3', xxh3),
  digest('XXH128', xxh128),
];

function digest(name: string, hash: (bytes: Uint8Array) => Value): Converter {
  return converter(
    name,
    { target: string() },
    ({ target }) =>
      (scene) =>
        hash(Buffer.from(target.get(scene))),
  );
}

function cryptographic(algorithm: string): (bytes: Uint8Array) => string {
  return (bytes) => createHash(algorithm).update(bytes).digest('hex');
}
