import type { GrpcStatus } from '../../component/delivery-error.js';
import type { Answer } from '../../net/http/respond.js';
import type { HttpRequest } from '../../net/http/server.js';
import type { Transcode } from '../decode.js';
import type { PartialOutcome } from '../partial-outcome.js';
import type { ReceiverEntry } from '../receiver-entry.js';
import type { SenderFault } from '../sender-faults.js';

/** A request that carries telemetry. */
export interface HttpRoute {
  readonly kind: 'route';
  readonly entry: ReceiverEntry;
  /** The path in metrics. */
  readonly path: string;
  /** For bodies in another format than OTLP protobuf. */
  readonly transcode: Transcode | undefined;
  /** The response after all items are accepted. */
  readonly success: Answer;
  /** The response after backends rejected some of them. */
  partial(outcome: PartialOutcome): Answer;
}

/** A request whose body is not read. */
export interface DirectAnswer {
  readonly kind: 'answer';
  readonly answer: Answer;
  /** Undefined when the sender is not at fault. */
  readonly fault: { readonly reason: SenderFault; readonly message: string } | undefined;
}

/** The part of HTTP that is a receiver's own: routes, media types and the form of responses. */
export interface HttpProtocol {
  route(request: HttpRequest): HttpRoute | DirectAnswer;
  /** A response in words, in the form that the sender reads. */
  text(request: HttpRequest, http: number, text: string): Answer;
  /** The response to a refused request. */
  refusal(request: HttpRequest, http: number, status: GrpcStatus): Answer;
}
