import type { RequestContext } from './consumer.js';

/** Whose data a request carries. */
export type Origin = Pick<RequestContext, 'metadata' | 'auth'>;

/** An extension that signs requests of clients offers this (`auth::authenticator`). */
export interface ClientAuthenticator {
  /** True when a gRPC connection without TLS must not carry it, as grpc-go has it. */
  readonly requiresTls?: boolean;
  /**
   * The headers of one request, made of those it has already; a rejection fails that request. Names are lower case.
   * Over gRPC `present` is empty: there an authenticator can only add.
   */
  requestHeaders(present: Readonly<Record<string, string>>, origin: Origin): Promise<Readonly<Record<string, string>>>;
}
