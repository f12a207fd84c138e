import type { ListenConfig } from '../../net/options/server-common.js';

type Protocol = 'grpc' | 'http';

/** The sentences for clients that have taken the port of the other protocol. */
export class PortAdvice {
  readonly #protocols: Readonly<Record<Protocol, Pick<ListenConfig, 'endpoint' | 'transport'> | undefined>>;
  readonly #portOf: Readonly<Record<Protocol, () => number | undefined>>;

  /** `portOf` is undefined for a server that does not listen at a port. */
  constructor(
    protocols: Readonly<Record<Protocol, Pick<ListenConfig, 'endpoint' | 'transport'> | undefined>>,
    portOf: Readonly<Record<Protocol, () => number | undefined>>,
  ) {
    this.#protocols = protocols;
    this.#portOf = portOf;
  }

  onGrpcPort(): string {
    return `this is the port of OTLP/gRPC; ${this.#where('http', 'OTLP/HTTP', 4318)}`;
  }

  onHttpPort(): string {
    return `this is the port of OTLP/HTTP; ${this.#where('grpc', 'OTLP/gRPC', 4317)}`;
  }

  #where(protocol: Protocol, name: string, usual: number): string {
    const config = this.#protocols[protocol];
    if (!config) return `${name} (usually port ${usual}) is not configured here: protocols::${protocol}`;
    const port = this.#portOf[protocol]();
    if (port !== undefined) return `${name} is at port ${port}`;
    return config.transport === 'unix' ? `${name} is at a socket with a path` : `${name} is at ${config.endpoint}`;
  }
}
