import { Cancellation } from '../../component/cancellation.js';
import { offered } from '../../component/capability.js';
import { abortAfter, sleep, type Clock, type Random } from '../../component/clock.js';
import type { BuildInfo } from '../../component/define.js';
import { DeliveryError } from '../../component/delivery-error.js';
import type { Host } from '../../component/lifecycle.js';
import type { Pusher } from '../../component/pusher.js';
import type { Logger } from '../../component/telemetry.js';
import { OtlpGrpcPusher } from '../../net/otlp/grpc-exporter.js';
import { OtlpHttpPusher } from '../../net/otlp/http-exporter.js';
import type { Batch } from '../../otlp/batch.js';
import { jsonText } from '../../otlp/json/encode.js';
import type { Signal } from '../../otlp/signal.js';
import type { Destination } from '../config/destination.js';
import type { OutputWriter } from '../output/output.js';
import { standardOutput } from '../output/standard.js';
import { silentMeter } from '../silent.js';
import { settingsOf } from './settings.js';

/** The environment of a destination. Its log must not be sent to the destination itself. */
export interface PushParts {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: Random;
  readonly buildInfo: BuildInfo;
}

/** A destination of one signal of the program's own telemetry. */
export interface Sink {
  /** Sends a batch, which is the sink's from then on. Rejects when it could not be delivered within `timeoutMs`. */
  send(batch: Batch, timeoutMs: number): Promise<void>;
  close(): Promise<void>;
}

/** Own telemetry uses no extensions. */
const noHost: Host = {
  capability: (capability, id) => offered(capability, id, undefined),
  report: () => {},
  addPage: () => () => {},
  inspect: () => {
    throw new Error('nothing to inspect');
  },
};
/** Pauses between attempts, milliseconds: the first, and the longest. */
const firstPause = 1000;
const longestPause = 30_000;
/** How long a destination may take to close, milliseconds. */
const closeWithinMs = 1000;

/** Opens a destination. Rejects when it cannot work: an unknown protocol, a certificate that cannot be read. */
export async function openSink(destination: Destination, signal: Signal, parts: PushParts): Promise<Sink> {
  if (!destination.otlp) return consoleSink;
  const config = destination.otlp;
  const settings = settingsOf(config, signal);
  const context = { signal, meter: silentMeter, ...parts };
  const pusher =
    settings.protocol === 'grpc'
      ? new OtlpGrpcPusher(settings.options, context)
      : new OtlpHttpPusher(settings.options, context, settings.url);
  await pusher.start?.(noHost);
  return new OtlpSink(pusher, config.timeout, parts);
}

const consoleWriter: OutputWriter = {
  lostText: (count) => `${JSON.stringify({ lost: count })}\n`,
  failed: () => {},
};
const consoleSink: Sink = {
  send({ signal, bytes }) {
    standardOutput('stdout').write(`${jsonText(signal, bytes)}\n`, consoleWriter);
    return Promise.resolve();
  },
  close: () => Promise.resolve(),
};

class OtlpSink implements Sink {
  readonly #pusher: Pusher;
  readonly #attemptMs: number;
  readonly #parts: PushParts;
  readonly #closing: AbortController = new AbortController();

  constructor(pusher: Pusher, attemptMs: number, parts: PushParts) {
    this.#pusher = pusher;
    this.#attemptMs = attemptMs;
    this.#parts = parts;
  }

  async send(batch: Batch, timeoutMs: number): Promise<void> {
    const { clock, random } = this.#parts;
    const end = clock.now() + timeoutMs;
    for (let pause = firstPause; ; pause = Math.min(2 * pause, longestPause)) {
      try {
        const left = Math.max(1, Math.ceil(Math.min(this.#attemptMs, end - clock.now())));
        const deadline = clock.now() + left;
        await this.#pusher.push(batch, { signal: Cancellation.timeout(clock, left), deadline, metadata: new Map() });
        return;
      } catch (error) {
        const again =
          error instanceof DeliveryError && error.class === 'retryable'
            ? (error.retryAfterMs ?? pause * (0.5 + random()))
            : -1;
        if (again < 0 || clock.now() + again > end || this.#closing.signal.aborted) throw error;
        await sleep(clock, again, this.#closing.signal);
      }
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#pusher.shutdown?.(abortAfter(this.#parts.clock, closeWithinMs));
  }
}
