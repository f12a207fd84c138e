import { Cancellation } from '../../component/cancellation.js';
import type { Clock } from '../../component/clock.js';
import type { RequestContext } from '../../component/consumer.js';
import type { ServerAuthenticator } from '../../component/server-auth.js';
import type { ServerMiddleware } from '../../component/server-middleware.js';
import type { Encoding } from '../../net/compression/decompress.js';
import { httpStatusOf } from '../../net/grpc/status.js';
import { connectionOf, declaredSize, firstField, peerOf, requestFields } from '../../net/http/fields.js';
import { letBodyCome } from '../../net/http/expect.js';
import { respond } from '../../net/http/respond.js';
import type { HttpRequest, HttpResponse } from '../../net/http/server.js';
import type { watchServerRequests } from '../../net/http/watch-requests.js';
import type { HttpServerConfig } from '../../net/options/http-server.js';
import { retryDelayMs } from '../../otlp/status/retry-info.js';
import { Reservation, ConnectionShares, type Admission } from '../admission.js';
import { authenticate, type KnownSender } from '../authenticate.js';
import { Bodies } from '../bodies.js';
import { firstRefusal } from '../middleware.js';
import { refuse, type Ended, type RequestRefusal, type Refused } from '../request-state.js';
import { receiveRequest } from '../receive-request.js';
import type { HttpProtocol, HttpRoute } from './protocol.js';
import type { SenderFaults } from '../sender-faults.js';
import { contentEncoding } from './content-encoding.js';
import { receiveBody } from './receive.js';
import { httpRefusalStatus } from './status.js';
import { observe, type Observed } from './watch.js';

export interface HttpServiceOptions {
  readonly config: Pick<
    HttpServerConfig,
    'auth' | 'include_metadata' | 'compression_algorithms' | 'max_request_body_size' | 'read_timeout'
  >;
  readonly protocol: HttpProtocol;
  readonly authenticator: ServerAuthenticator | undefined;
  readonly middlewares: readonly ServerMiddleware[];
  readonly admission: Admission;
  readonly clock: Clock;
  readonly faults: SenderFaults;
  /** Undefined while neither metrics nor spans of single requests are wanted. */
  readonly watch: ReturnType<typeof watchServerRequests>;
}

/** Bytes; for a `max_request_body_size` of 0. */
const defaultMaxBody = 20 * 2 ** 20;
const noMetadata: RequestContext['metadata'] = new Map();

/** A request whose header fields are accepted. */
interface Admitted {
  readonly step: 'admitted';
  readonly sender: KnownSender;
  readonly encoding: Encoding | undefined;
}

/** A request of which only the body is missing. */
type AcceptedHead = HttpRoute &
  Admitted & {
    /** When the body has to be here, in `Clock.now()` milliseconds; undefined for no limit. */
    readonly readBy: number | undefined;
  };

/**
 * Serves telemetry over HTTP. Checks in this order: sender, compression, middlewares, route, body
 * (docs/spec/core.md#otlp-http).
 */
export class HttpService {
  readonly #options: HttpServiceOptions;
  readonly #maxBody: number;
  readonly #bodies: Bodies;
  readonly #shares: ConnectionShares;

  constructor(options: HttpServiceOptions) {
    const { max_request_body_size: size } = options.config;
    this.#options = options;
    this.#maxBody = size > 0 ? size : defaultMaxBody;
    this.#bodies = Bodies.of(options.admission, options.clock);
    this.#shares = new ConnectionShares(this.#bodies);
  }

  readonly onRequest = (request: HttpRequest, response: HttpResponse): void => {
    this.#serve(request, response).catch((error: Error) =>
      this.#refuse(request, response, { kind: 'fault', message: error.message }),
    );
  };

  async #serve(request: HttpRequest, response: HttpResponse): Promise<void> {
    const { protocol, watch, clock, config } = this.#options;
    const observed = watch && observe(watch, request, response);
    const { read_timeout: readMs } = config;
    const readBy = readMs > 0 ? clock.now() + readMs : undefined;
    const admitted = await this.#admit(request);
    if (admitted.step === 'refused') return this.#refuse(request, response, admitted.refusal);
    if (this.#refusedByMiddleware(request, response)) return;
    const route = protocol.route(request);
    if (route.kind === 'answer') {
      const { fault, answer } = route;
      if (fault) this.#options.faults.add(fault.reason, peerOf(request), fault.message);
      return respond(request, response, answer);
    }
    if (observed) observed.route = route.path;
    const ended = await this.#receive(request, response, { ...route, ...admitted, readBy }, observed);
    if (ended.step === 'refused') return this.#refuse(request, response, ended.refusal);
    if (ended.unread !== undefined) this.#options.faults.add('unread', peerOf(request), ended.unread);
    respond(request, response, ended.partial ? route.partial(ended.partial) : route.success);
  }

  async #admit(request: HttpRequest): Promise<Admitted | Refused> {
    const { authenticator, config } = this.#options;
    const sender = await authenticate(authenticator, (it) =>
      it.authenticate(this.#senderFields(request), peerOf(request)),
    );
    if (sender.step === 'refused') return sender;
    const known = config.compression_algorithms;
    const field = known.length === 0 ? '' : (firstField(request, 'content-encoding') ?? '');
    const name = contentEncoding(field);
    if (known.length > 0 && !known.includes(name)) return refuse({ kind: 'unknown_encoding', name: field });
    // The option's schema lets only names of encodings pass.
    return { step: 'admitted', sender, encoding: name === '' ? undefined : (name as Encoding) };
  }

  /** The fields for the authenticator, with the query parameters of `auth::request_params` among them. */
  #senderFields(request: HttpRequest): ReadonlyMap<string, readonly string[]> {
    const fields = requestFields(request);
    const query = new URLSearchParams((request.url ?? '').split('?')[1] ?? '');
    for (const name of this.#options.config.auth?.request_params ?? [])
      if (query.has(name)) fields.set(name.toLowerCase(), query.getAll(name));
    return fields;
  }

  #refusedByMiddleware(request: HttpRequest, response: HttpResponse): boolean {
    const refusal = firstRefusal(this.#options.middlewares);
    if (!refusal) return false;
    respond(request, response, {
      ...this.#options.protocol.text(request, refusal.http, `${refusal.text}\n`),
      fields: { 'retry-after': String(Math.ceil(refusal.retryAfterMs / 1000)) },
    });
    return true;
  }

  #receive(
    request: HttpRequest,
    response: HttpResponse,
    { entry, transcode, sender, encoding, readBy }: AcceptedHead,
    observed: Observed | undefined,
  ): Promise<Ended> {
    const { admission, clock, config } = this.#options;
    const limit = this.#maxBody;
    const declared = declaredSize(request) ?? 0;
    if (declared > limit) return Promise.resolve(refuse({ kind: 'too_large', limit, size: declared }));
    const reservation = new Reservation(admission, this.#shares.of(connectionOf(request)));
    const bodies = this.#bodies;
    const signal = new Cancellation();
    response.once('close', () => {
      if (!response.writableEnded) signal.abort('sender');
    });
    return receiveRequest(
      {
        ...{ transport: 'http', entry, reservation, limit, transcode, signal },
        deadline: undefined,
        peer: peerOf(request),
        span: observed?.request.span,
        async receive() {
          letBodyCome(request, response);
          const received = await receiveBody(request, { encoding, limit, reservation, deadline: readBy, bodies });
          if (observed && received.step === 'received') observed.requestBytes = received.body.bytes.length;
          return received;
        },
        sender: () => Promise.resolve(sender),
        metadata: () => (config.include_metadata ? metadataOf(request) : noMetadata),
      },
      clock,
    );
  }

  #refuse(request: HttpRequest, response: HttpResponse, refusal: RequestRefusal): void {
    const status = httpRefusalStatus(refusal);
    this.#options.faults.refused(refusal, peerOf(request), status.message);
    const http = httpStatusOf(status.code);
    const wait = http === 429 || http === 503 ? retryDelayMs(status.details) : undefined;
    const answer = this.#options.protocol.refusal(request, http, status);
    const fields: Record<string, string> = { ...answer.fields };
    if (wait !== undefined) fields['retry-after'] = String(Math.trunc(wait / 1000));
    // The rest of a body that took too long is not waited for.
    const late = refusal.kind === 'too_slow' || refusal.kind === 'deadline_exceeded';
    if (late && request.httpVersionMajor === 1) fields['connection'] = 'close';
    respond(request, response, { ...answer, fields });
  }
}

/** The client metadata of a request (`include_metadata`): its fields, and `host`. */
function metadataOf(request: HttpRequest): RequestContext['metadata'] {
  const fields = requestFields(request);
  const authority = request.headers[':authority'];
  if (!fields.has('host') && typeof authority === 'string') fields.set('host', [authority]);
  return fields;
}
