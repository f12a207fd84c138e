import type { Clock } from '../../component/clock.js';
import { guard } from '../../component/fault.js';
import type { ServerAuthenticator } from '../../component/server-auth.js';
import type { ServerMiddleware } from '../../component/server-middleware.js';
import { grpcRequestFault } from '../../net/grpc/request-fault.js';
import { respondFault, respondStatus } from '../../net/grpc/respond.js';
import { code } from '../../net/grpc/status.js';
import type { WatchServerCalls } from '../../net/grpc/watch-calls.js';
import { headerField } from '../../net/http2/fields.js';
import type { Http2Request } from '../../net/http2/server.js';
import { encodeRetryInfo } from '../../otlp/status/retry-info.js';
import { Reservation, ConnectionShares, type Admission } from '../admission.js';
import { Bodies } from '../bodies.js';
import { firstRefusal } from '../middleware.js';
import type { ReceiverEntry } from '../receiver-entry.js';
import type { SenderFaults } from '../sender-faults.js';
import { plainStatus } from '../status.js';
import { GrpcCall } from './call.js';
import { answerHealthCheck, healthCheckPath, otherHealthMethod, type HealthSource } from './health.js';
import { Replies } from './replies.js';

export interface GrpcServiceOptions {
  /** The entry of each method, by path: `/package.Service/Method`. */
  readonly methods: ReadonlyMap<string, ReceiverEntry>;
  /** Largest message, on the wire and inflated, bytes. */
  readonly maxMessage: number;
  readonly includeMetadata: boolean;
  readonly authenticator: ServerAuthenticator | undefined;
  readonly middlewares: readonly ServerMiddleware[];
  readonly admission: Admission;
  readonly clock: Clock;
  readonly faults: SenderFaults;
  /** False once senders should go elsewhere: what a health check learns. */
  serving(): boolean;
  /** The message of every successful reply, encoded. */
  readonly reply: Uint8Array;
  /** The message of a success of which backends rejected some items. */
  partial(rejected: number, message: string): Uint8Array;
  /** Undefined while neither metrics nor spans of single calls are wanted. */
  readonly watch: WatchServerCalls | undefined;
}

/**
 * Serves unary gRPC methods whose messages are telemetry (docs/spec/core.md#grpc-server): finds the method of a call
 * and asks the middlewares.
 */
export class GrpcService {
  readonly #options: GrpcServiceOptions;
  readonly #replies: Replies;
  readonly #bodies: Bodies;
  readonly #shares: ConnectionShares;
  readonly #health: HealthSource;

  constructor(options: GrpcServiceOptions) {
    this.#options = options;
    this.#bodies = Bodies.of(options.admission, options.clock);
    this.#shares = new ConnectionShares(this.#bodies);
    this.#replies = new Replies(options.reply);
    const services = new Set([...options.methods.keys()].map((path) => path.slice(1, path.lastIndexOf('/'))));
    this.#health = { services, serving: options.serving };
  }

  readonly onRequest: (request: Http2Request) => void = guard(
    'gRPC call',
    (request) => this.#serve(request),
    (request) => respondStatus(request, plainStatus(code.Internal, 'internal error')),
  );

  #serve(request: Http2Request): void | Promise<void> {
    const { methods, middlewares, faults } = this.#options;
    const fault = grpcRequestFault(request.headers);
    if (fault) {
      faults.add('protocol', request.peer, fault.message);
      return respondFault(request, fault);
    }
    const path = headerField(request.headers, ':path') ?? '';
    const entry = methods.get(path);
    if (!entry) {
      if (path === healthCheckPath) return this.#check(request);
      const message = otherHealthMethod(path) ?? unknownMethod(path, methods);
      faults.add('path', request.peer, message);
      return respondStatus(request, plainStatus(code.Unimplemented, message));
    }
    const refusal = firstRefusal(middlewares);
    if (!refusal) {
      const reservation = new Reservation(this.#options.admission, this.#shares.of(request.connection));
      const parts = { entry, reservation, bodies: this.#bodies, options: this.#options, replies: this.#replies };
      return new GrpcCall(path, request, parts).serve();
    }
    const { status, retryAfterMs } = refusal;
    respondStatus(request, { ...status, details: [...status.details, encodeRetryInfo(retryAfterMs)] });
  }

  #check(request: Http2Request): void {
    const reservation = new Reservation(this.#options.admission, this.#shares.of(request.connection));
    answerHealthCheck(request, this.#health, reservation, this.#bodies);
  }
}

function unknownMethod(path: string, methods: ReadonlyMap<string, unknown>): string {
  const name = path.startsWith('/') ? path.slice(1) : path;
  const slash = name.lastIndexOf('/');
  if (slash < 0) return `malformed method name: ${JSON.stringify(path)}`;
  const service = name.slice(0, slash);
  const method = name.slice(slash + 1);
  const known = [...methods.keys()].some((name) => name.startsWith(`/${service}/`));
  return known ? `unknown method ${method} for service ${service}` : `unknown service ${service}`;
}
