import type { Consumer } from '../../component/consumer.js';
import type { Receiver, SignalContext } from '../../component/define.js';
import { FailureStatus } from '../../component/failure-status.js';
import type { Host, ListeningAddress } from '../../component/lifecycle.js';
import { StatusParts } from '../../component/status-parts.js';
import { GrpcService } from '../../intake/grpc/service.js';
import { HttpService } from '../../intake/http/service.js';
import { ReceiverEntry } from '../../intake/receiver-entry.js';
import { watchServerCalls } from '../../net/grpc/watch-calls.js';
import { Http2Server } from '../../net/http2/server.js';
import { HttpServer } from '../../net/http/server.js';
import { watchServerRequests } from '../../net/http/watch-requests.js';
import { refuseBufferSizes } from '../../net/options/without-effect.js';
import { keepalivePolicy, type GrpcServerConfig } from '../../net/options/grpc-server.js';
import { resolveServerAuth, resolveServerMiddlewares } from '../../net/options/server-common.js';
import { endpointAttributes } from '../../net/otlp/grpc-exporter.js';
import { exportMethods } from '../../net/otlp/services.js';
import { encodePartialSuccess } from '../../otlp/status/partial-success.js';
import { serverTls } from '../../net/tls/server.js';
import type { Config, OtlpHttpConfig } from './config.js';
import { protobuf } from './media-types.js';
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
  #started: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;

  constructor(config: Config, context: SignalContext) {
    this.#config = config;
    // The servers are of no single signal.
    this.#context = { ...context, logger: context.logger.child({ 'otelcol.signal': undefined }) };
    const { grpc } = config.protocols;
    if (!grpc) return;
    refuseBufferSizes(grpc);
  }

  add(entry: ReceiverEntry): void {
    this.#entries.push(entry);
  }

  /** Once for each signal: all of them have the status of the servers. */
  start(host: Host): Promise<void> {
    this.#status.attach((event) => host.report(event));
    return (this.#started ??= this.#start(host));
  }

  shutdown(deadline: AbortSignal): Promise<void> {
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

  async #startGrpc(config: GrpcServerConfig, host: Host): Promise<void> {
    const { clock, random, budget, logger } = this.#context;
    const service = new GrpcService({
      methods: new Map(this.#entries.map((entry) => [exportMethods[entry.signal], entry])),
      maxMessage: config.max_recv_msg_size_mib > 0 ? config.max_recv_msg_size_mib * 2 ** 20 : defaultMaxMessage,
      includeMetadata: config.include_metadata,
      authenticator: resolveServerAuth(config.auth?.authenticator, host),
      middlewares: resolveServerMiddlewares(config.middlewares, host),
      admission: budget,
      clock,
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
    });
    await server.listen(config, new FailureStatus(clock, this.#status.part('gRPC server')));
    this.#grpc = server;
    logger.info('Starting GRPC server', { endpoint: config.endpoint });
  }

  async #startHttp(config: OtlpHttpConfig, host: Host): Promise<void> {
    const { clock, budget, logger } = this.#context;
    if (config.cors && config.cors.allowed_origins.length === 0 && config.cors.allowed_headers.length > 0)
      logger.warn('The CORS configuration specifies allowed headers but no allowed origins, and is therefore ignored.');
    const service = new HttpService({
      config,
      protocol: new OtlpRoutes(config, this.#entries),
      authenticator: resolveServerAuth(config.auth?.authenticator, host),
      middlewares: resolveServerMiddlewares(config.middlewares, host),
      admission: budget,
      clock,
      watch: watchServerRequests(this.#context),
    });
    const server = new HttpServer(config, config.tls && serverTls(config.tls, clock, logger), service.onRequest, clock);
    await server.listen(new FailureStatus(clock, this.#status.part('HTTP server')));
    this.#http = server;
    logger.info('Starting HTTP server', { endpoint: config.endpoint });
  }

  async #stop(deadline: AbortSignal): Promise<void> {
    await Promise.all([this.#grpc?.close(deadline), this.#http?.close(deadline)]);
  }
}
