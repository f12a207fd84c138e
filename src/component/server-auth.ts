/** An extension that checks the sender of a request offers this (`auth::authenticator` of a receiver). */
export interface ServerAuthenticator {
  /**
   * Looks at the headers of one request (lower-case names) and resolves with what is known of the sender. A rejection
   * refuses the request: 401 over HTTP, over gRPC the error's own `status` or UNAUTHENTICATED.
   */
  authenticate(headers: ReadonlyMap<string, readonly string[]>): Promise<ReadonlyMap<string, unknown>>;
}
