import { DeliveryError, type GrpcStatus } from '../../component/delivery-error.js';
import { code } from '../../net/grpc/status.js';
import type { RequestRefusal } from '../request-state.js';
import { noMemoryStatus, plainStatus, statusOf } from '../status.js';

/** A refusal as the status of a call, in grpc-go's words. */
export function grpcStatusOf(refusal: RequestRefusal): GrpcStatus {
  switch (refusal.kind) {
    case 'malformed':
      return refusal.status;
    case 'no_memory':
      return noMemoryStatus();
    case 'too_large': {
      const { limit, size } = refusal;
      const what =
        size === undefined ? `after decompression larger than max ${limit}` : `larger than max (${size} vs. ${limit})`;
      return plainStatus(code.ResourceExhausted, `grpc: received message ${what}`);
    }
    case 'unknown_encoding': {
      const name = JSON.stringify(refusal.name);
      return plainStatus(code.Unimplemented, `grpc: Decompressor is not installed for grpc-encoding ${name}`);
    }
    case 'broken_encoding':
      return plainStatus(code.Internal, `grpc: failed to decompress the received message: ${refusal.message}`);
    case 'invalid':
      return plainStatus(code.Internal, `grpc: error unmarshalling request: ${refusal.message}`);
    case 'unauthenticated': {
      const { error } = refusal;
      const status = error instanceof DeliveryError ? error.status : undefined;
      return status ?? plainStatus(code.Unauthenticated, error.message);
    }
    case 'deadline_exceeded':
      return plainStatus(code.DeadlineExceeded, 'context deadline exceeded');
    case 'too_slow':
      return plainStatus(code.DeadlineExceeded, 'the message comes too slowly');
    case 'sender_left':
      return plainStatus(code.Canceled, 'context canceled');
    case 'not_authenticated_now':
    case 'pipeline':
      return statusOf(refusal.error);
    case 'fault':
      return plainStatus(code.Internal, refusal.message);
  }
}
