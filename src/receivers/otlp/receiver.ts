import type { Consumer } from '../../component/consumer.js';
import type { Receiver, SignalContext } from '../../component/define.js';
import { FailureStatus } from '../../component/failure-status.js';
import type { Host, ListeningAddress } from '../../component/lifecycle.js';
import { StatusParts } from '../../component/status-parts.js';
import { GrpcService } from '../../intake/grpc/service.js';
import { HttpService } from '../../intake/http/service.js';
import { SenderFaults } from '../../intake/sender-faults.js';
import { plainStatus } from '../../intake/status.js';
import { grpcRequestFault } from '../../net/grpc/request-fault.js';
import { respondFault, respondStatus } from '../../net/grpc/respond.js';
import { code } from '../../net/grpc/status.js';
import { lastAnswer } from '../../net/listening/first-bytes.js';
import { ReceiverEntry } from '../../intake/receiver-entry.js';
import { watchServerCalls } from '../../net/grpc/watch-calls.js';
import { Http2Server } from '../../net/http2/server.js';
import { HttpServer } from '../../net/http/server.js';
import { watchServerRequests } from '../../net/http/watch-requests.js';
import { keepalivePolicy, type GrpcServerConfig } from '../../net/options/grpc-server.js';
import { resolveServerAuth, resolveServerMiddlewares } from '../../net/options/server-common.js';
import { endpointAttributes } from '../../net/otlp/grpc-exporter.js';
import { exportMethods } from '../../net/otlp/services.js';
import { encodePartialSuccess } from '../../otlp/status/partial-success.js';
import { serverTls } from '../../net/tls/server.js';
import type { Config, OtlpHttpConfig } from './config.js';
import { protobuf } from './media-types.js';
import { PortAdvice } from './port-advice.js';
import { OtlpRoutes } from './routes.js';

const defaultMaxMessage = 4 << 20;

/** All signals of one receiver share its two servers. */
export function createReceiver(config: Config, context: SignalContext, next: Consumer): Receiver {
  const servers = context.shared(() => new Servers(config, context));
  servers.add(new ReceiverEntry(context, next));
  return servers;
}

class Servers implements Receiver {
  readonly #config: Config;
  readonly #context: SignalContext;
  readonly #entries: ReceiverEntry[] = [];
  readonly #status: StatusParts = new StatusParts();
  #grpc: Http2Server | undefined;
  #http: HttpServer | undefined;
  #strayCalls: Http2Server | undefined;
  readonly #ports: PortAdvice;
  #started: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;
  /** False from the moment when balancers should send elsewhere. */
  #serving = true;

  constructor(config: Config, context: SignalContext) {
    this.#config = config;
    // The servers are of no single signal.
    this.#context = { ...context, logger: context.logger.child({ 'otelcol.signal': undefined }) };
    this.#ports = new PortAdvice(config.protocols, {
      grpc: () => this.#grpc?.address?.port,
      http: () => this.#http?.address?.port,
    });
  }

  add(entry: ReceiverEntry): void {
    this.#entries.push(entry);
  }

  /** Once for each signal: all of them have the status of the servers. */
  start(host: Host): Promise<void> {
    this.#status.attach((event) => host.report(event));
    return (this.#started ??= this.#start(host));
  }

  notReady(): void {
    this.#serving = false;
  }

  shutdown(deadline: AbortSignal): Promise<void> {
    this.#serving = false;
    return (this.#stopped ??= this.#stop(deadline));
  }

  listensAt(): readonly ListeningAddress[] {
    return [this.#grpc?.address, this.#http?.address].filter((address) => address !== undefined);
  }

  async #start(host: Host): Promise<void> {
    const { grpc, http } = this.#config.protocols;
    if (grpc) await this.#startGrpc(grpc, host);
    if (http) await this.#startHttp(http, host);
  }

  /** Such a request would be refused for now, and never fit. */
  #warnOfLargest(option: string, bytes: number): void {
    const { budget, logger } = this.#context;
    if (bytes <= budget.limit) return;
    logger.warn('Requests that an option allows are larger than the memory for all requests: these never fit', {
      option,
      allowed_bytes: bytes,
      memory_for_requests: budget.limit,
    });
  }

  async #startGrpc(config: GrpcServerConfig, host: Host): Promise<void> {
    const { clock, random, budget, logger } = this.#context;
    const faults = new SenderFaults(this.#context, 'grpc');
    const maxMessage = config.max_recv_msg_size_mib > 0 ? config.max_recv_msg_size_mib * 2 ** 20 : defaultMaxMessage;
    this.#warnOfLargest('max_recv_msg_size_mib', maxMessage);
    const service = new GrpcService({
      methods: new Map(this.#entries.map((entry) => [exportMethods[entry.signal], entry])),
      maxMessage,
      includeMetadata: config.include_metadata,
      authenticator: resolveServerAuth(config.auth?.authenticator, host),
      middlewares: resolveServerMiddlewares(config.middlewares, host),
      admission: budget,
      clock,
      faults,
      serving: () => this.#serving,
      reply: protobuf.success.body,
      partial: encodePartialSuccess,
      watch: watchServerCalls(this.#context, endpointAttributes(config.endpoint)),
    });
    const server = new Http2Server({
      tls: config.tls && serverTls(config.tls, clock, logger),
      maxConcurrentStreams: config.max_concurrent_streams,
      keepalive: keepalivePolicy(config.keepalive),
      clock,
      random,
      onRequest: service.onRequest,
      onForeign: (spoken, first, peer) => {
        const advice = this.#ports.onGrpcPort();
        const tls = config.tls ? ' with TLS' : '';
        faults.add('protocol', peer, `the client speaks ${spoken}; this port takes HTTP/2${tls}: ${advice}`);
        return spoken === 'HTTP/1.1' ? lastAnswer('400 Bad Request', code.InvalidArgument, advice, first) : undefined;
      },
      onHandshakeFault: (why, peer) => faults.add('handshake', peer, why),
    });
    await server.listen(config, new FailureStatus(clock, this.#status.part('gRPC server')));
    this.#grpc = server;
    logger.info('Starting GRPC server', { endpoint: config.endpoint });
  }

  async #startHttp(config: OtlpHttpConfig, host: Host): Promise<void> {
    const { clock, budget, logger } = this.#context;
    if (config.cors && config.cors.allowed_origins.length === 0 && config.cors.allowed_headers.length > 0)
      logger.warn('The CORS configuration specifies allowed headers but no allowed origins, and is therefore ignored.');
    const faults = new SenderFaults(this.#context, 'http');
    this.#warnOfLargest('max_request_body_size', config.max_request_body_size);
    const service = new HttpService({
      config,
      protocol: new OtlpRoutes(config, this.#entries, () => this.#ports.onHttpPort()),
      authenticator: resolveServerAuth(config.auth?.authenticator, host),
      middlewares: resolveServerMiddlewares(config.middlewares, host),
      admission: budget,
      clock,
      faults,
      watch: watchServerRequests(this.#context),
    });
    const tls = config.tls && serverTls(config.tls, clock, logger);
    const server = new HttpServer(config, tls, service.onRequest, clock, {
      heard: (spoken, peer) => faults.add('protocol', peer, `the client speaks ${spoken}; this port takes HTTP/1.1`),
      handshake: (why, peer) => faults.add('handshake', peer, why),
      http2: this.#forStrayCalls(faults),
    });
    await server.listen(new FailureStatus(clock, this.#status.part('HTTP server')));
    this.#http = server;
    logger.info('Starting HTTP server', { endpoint: config.endpoint });
  }

  /** Tells clients of gRPC at the port of HTTP/1.1 where to go. */
  #forStrayCalls(faults: SenderFaults): Http2Server {
    const { clock } = this.#context;
    return (this.#strayCalls = new Http2Server({
      tls: undefined,
      maxConcurrentStreams: 10,
      clock,
      onRequest: (request) => {
        const message = this.#ports.onHttpPort();
        faults.add('protocol', request.peer, message);
        const fault = grpcRequestFault(request.headers);
        if (fault) respondFault(request, { ...fault, http: 400, message });
        else respondStatus(request, plainStatus(code.Unimplemented, message));
      },
    }));
  }

  async #stop(deadline: AbortSignal): Promise<void> {
    await Promise.all([this.#grpc?.close(deadline), this.#http?.close(deadline), this.#strayCalls?.close(deadline)]);
  }
}
