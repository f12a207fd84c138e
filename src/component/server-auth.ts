/** An extension that checks the sender of a request offers this (`auth::authenticator` of a receiver). */
export interface ServerAuthenticator {
  /**
   * Looks at the headers of one request (lower-case names) and resolves with what is known of the sender. `peer` is its
   * address, `host:port`; empty for a socket with a path. A rejection refuses the request: 401 over HTTP, over gRPC the
   * error's own `status` or UNAUTHENTICATED. With a local `DeliveryError` it is refused for now: 503 or UNAVAILABLE,
   * with the time to come back.
   */
  authenticate(headers: ReadonlyMap<string, readonly string[]>, peer: string): Promise<ReadonlyMap<string, unknown>>;
}
