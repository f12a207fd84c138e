/**
 * How long connections of a server live, and how often clients may ping (gRPC's keepalive). Milliseconds; Infinity for
 * never.
 */
export interface KeepalivePolicy {
  /** Without any request. */
  readonly idleMs: number;
  /** In all, give or take a tenth, so that connections made together do not end together. */
  readonly ageMs: number;
  /** For running requests once that is over. */
  readonly graceMs: number;
  /** Without hearing anything, until the client is asked whether it is there, and how long it may take to answer. */
  readonly pingAfterMs: number;
  readonly pingTimeoutMs: number;
  /** Between two pings of a client. */
  readonly leastPingMs: number;
  readonly pingWithoutStream: boolean;
}

/** The values that grpc-go uses where nothing is set. */
export const defaultKeepalive: KeepalivePolicy = {
  idleMs: Number.POSITIVE_INFINITY,
  ageMs: Number.POSITIVE_INFINITY,
  graceMs: Number.POSITIVE_INFINITY,
  pingAfterMs: 7_200_000,
  pingTimeoutMs: 20_000,
  leastPingMs: 300_000,
  pingWithoutStream: false,
};

/** Pings that come too soon and are let pass until something is sent. */
const strikes = 2;
/** Between pings of a client that has no request, however often it may ping with one. */
const leastWithoutStreamMs = 7_200_000;

/** Judges the pings of one client. */
export class PingJudge {
  readonly #policy: KeepalivePolicy;
  #last = Number.NEGATIVE_INFINITY;
  #strikes = 0;
  #answers = 0;

  constructor(policy: KeepalivePolicy) {
    this.#policy = policy;
  }

  /**
   * False when the ping is one too many. `answers` counts frames sent to the client so far: a reply resets the count of
   * pings.
   */
  allows(now: number, streams: number, answers: number): boolean {
    const forgiven = answers !== this.#answers;
    this.#answers = answers;
    const least = streams === 0 && !this.#policy.pingWithoutStream ? leastWithoutStreamMs : this.#policy.leastPingMs;
    const early = now - this.#last < least;
    this.#last = now;
    if (forgiven) this.#strikes = 0;
    else if (early) this.#strikes++;
    return this.#strikes <= strikes;
  }
}

/** How often connections have to be looked at for all of this to happen in time. */
export function sweepEveryMs({ idleMs, ageMs, graceMs, pingAfterMs, pingTimeoutMs }: KeepalivePolicy): number {
  return Math.max(20, Math.min(2000, Math.min(idleMs, ageMs, graceMs, pingAfterMs, pingTimeoutMs) / 8));
}
