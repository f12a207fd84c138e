import type { GrpcStatus } from '../../component/delivery-error.js';
import { code } from '../../net/grpc/status.js';
import type { RequestRefusal } from '../request-state.js';
import { noMemoryStatus, plainStatus, statusOf } from '../status.js';

/**
 * The status in the response to a refused request; `httpStatusOf` of its code is the HTTP status
 * (docs/spec/core.md#receiver-errors).
 */
export function httpRefusalStatus(refusal: RequestRefusal): GrpcStatus {
  switch (refusal.kind) {
    case 'malformed':
      return refusal.status;
    case 'no_memory':
      return noMemoryStatus();
    case 'too_large':
      return plainStatus(code.InvalidArgument, 'http: request body too large');
    case 'unknown_encoding':
      return plainStatus(code.InvalidArgument, `unsupported Content-Encoding: ${refusal.name}`);
    case 'broken_encoding':
    case 'invalid':
      return plainStatus(code.InvalidArgument, refusal.message);
    case 'unauthenticated':
      return plainStatus(code.Unauthenticated, refusal.error.message);
    case 'deadline_exceeded':
      return plainStatus(code.DeadlineExceeded, 'context deadline exceeded');
    case 'too_slow':
      return plainStatus(code.DeadlineExceeded, 'the body comes too slowly');
    case 'sender_left':
      return plainStatus(code.InvalidArgument, 'unexpected EOF');
    case 'not_authenticated_now':
    case 'pipeline':
      return statusOf(refusal.error);
    case 'fault':
      return plainStatus(code.Internal, refusal.message);
  }
}
