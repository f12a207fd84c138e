import { code } from '../../net/grpc/status.js';
import type { RequestRefusal } from '../request-state.js';
import { plainStatus } from '../status.js';
import { grpcEncoding } from './encodings.js';

/**
 * The fault of a message by its prefix, in grpc-go's words; undefined for none. `size` and `limit` are bytes,
 * `encoding` is the call's `grpc-encoding`.
 */
export function prefixFault(flag: number, size: number, encoding: string, limit: number): RequestRefusal | undefined {
  if (flag > 1) return malformed(`grpc: received unexpected payload format ${flag}`);
  if (flag === 1 && (encoding === '' || encoding === 'identity'))
    return malformed('grpc: compressed flag set with identity or empty encoding');
  if (flag === 1 && grpcEncoding(encoding) === undefined) return { kind: 'unknown_encoding', name: encoding };
  return size > limit ? { kind: 'too_large', limit, size } : undefined;
}

function malformed(message: string): RequestRefusal {
  return { kind: 'malformed', status: plainStatus(code.Internal, message) };
}
