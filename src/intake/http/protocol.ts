import type { GrpcStatus } from '../../component/delivery-error.js';
import type { Answer } from '../../net/http/respond.js';
import type { HttpRequest } from '../../net/http/server.js';
import type { Transcode } from '../decode.js';
import type { ReceiverEntry } from '../receiver-entry.js';

/** A request that carries telemetry. */
export interface Route {
  readonly kind: 'route';
  readonly entry: ReceiverEntry;
  /** The path as metrics name it. */
  readonly path: string;
  /** For bodies in another format than OTLP protobuf. */
  readonly transcode: Transcode | undefined;
  /** The answer once all is accepted. */
  readonly success: Answer;
}

/** A request that is answered without a look at its body. */
export interface Detour {
  readonly kind: 'detour';
  readonly answer: Answer;
}

/** A receiver's own part of serving HTTP: its routes, its media types, and how its answers are written. */
export interface HttpProtocol {
  route(request: HttpRequest): Route | Detour;
  /** Writes a refusal for the sender of `request`. */
  refusal(request: HttpRequest, http: number, status: GrpcStatus): Answer;
}
