/**
 * The place at which a statement runs: an item and all that is around it. Each context has a scene of its own, which is
 * moved from item to item; functions that are no context's own only pass it on.
 */
export interface Scene {
  /** Name of the context, and so the type of the scene: `span`. */
  readonly context: string;
}

/** The sender of a batch, for the paths below `otelcol`. */
export interface ClientInfo {
  readonly address: string | undefined;
  /** Lower-case name to values. */
  readonly metadata: ReadonlyMap<string, readonly string[]>;
  /** All metadata of a gRPC call; undefined for other transports. */
  readonly grpcMetadata?: (() => ReadonlyMap<string, readonly string[]>) | undefined;
  readonly auth: ReadonlyMap<string, unknown> | undefined;
}
