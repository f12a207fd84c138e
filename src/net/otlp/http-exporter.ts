import { DeliveryError, type GrpcStatus } from '../../component/delivery-error.js';
import { Cancelled, cancelStatus } from '../../component/cancellation.js';
import { jsonBody } from '../../component/json-body.js';
import { MadeRoom, type MadeBytes } from '../../component/made-room.js';
import type { PushContext } from './push-context.js';
import type { SendingAddress, Host } from '../../component/lifecycle.js';
import type { Attempt, Pusher } from '../../component/pusher.js';
import { shownUrl } from '../../component/shown-url.js';
import type { Batch } from '../../otlp/batch.js';
import { compressor, type Compress, type Compression } from '../compression/compress.js';
import { decodeStatus } from '../../otlp/status/rpc-status.js';
import { codeOfHttp, statusText } from '../grpc/status.js';
import type { HttpReply } from '../http/client.js';
import { HttpSender } from '../http/sender.js';
import type { HttpClientConfig } from '../options/http-client.js';
import { readPartialSuccess, type PartialSuccess } from '../../otlp/status/partial-success.js';
import { readPartialSuccessJson, reportPartial } from './partial-success.js';

const contentTypes = { proto: 'application/x-protobuf', json: 'application/json' } as const;

/** Options beyond those of every HTTP client. */
export interface OtlpHttpClientConfig extends HttpClientConfig {
  readonly encoding: 'proto' | 'json';
}

/**
 * Sends batches as OTLP/HTTP to one URL (docs/spec/core.md#otlp-http-exporter). `push` rejects with a `DeliveryError`
 * that carries the status which the response amounts to.
 */
export class OtlpHttpPusher implements Pusher {
  readonly #config: OtlpHttpClientConfig;
  readonly #context: PushContext;
  readonly #url: string;
  readonly #sender: HttpSender;
  /** Of JSON bodies. */
  readonly #made: MadeRoom;
  #compress: Compress | undefined;
  /** The encoding of bodies that may leave as they came. */
  #reuses: string | undefined;

  constructor(config: OtlpHttpClientConfig, context: PushContext, url: string) {
    this.#config = config;
    this.#context = context;
    this.#url = url;
    this.#made = new MadeRoom(context.budget);
    const encoded = config.compression !== '' && config.compression !== 'none';
    this.#sender = new HttpSender(config, context, url, {
      ...(encoded ? { 'content-encoding': config.compression } : {}),
      'content-type': contentTypes[config.encoding],
    });
  }

  async start(host: Host): Promise<void> {
    const config = this.#config;
    this.#compress = await compressor(
      (config.compression === '' ? 'none' : config.compression) as Compression,
      config.compression_params.level,
    );
    // An explicit level is always applied.
    if (
      config.reuse_compressed &&
      this.#compress &&
      config.encoding === 'proto' &&
      config.compression_params.level === 0
    )
      this.#reuses = config.compression;
    await this.#sender.start(host);
  }

  async push(batch: Batch, attempt: Attempt): Promise<void> {
    if (this.#config.encoding !== 'json') return this.#post(batch, batch.bytes, attempt);
    const made = this.#made.begin();
    try {
      await this.#post(batch, await this.#json(batch, made, attempt), attempt);
    } finally {
      made.end();
    }
  }

  async #json(batch: Batch, made: MadeBytes, { signal }: Attempt): Promise<Uint8Array> {
    try {
      return await jsonBody(batch, made, signal);
    } catch (error) {
      if (!(error instanceof Cancelled)) throw error;
      const status = cancelStatus(error.reason);
      const message = `no memory is left for the JSON of a request: ${status.message}`;
      const reason = error.reason === 'deadline' ? 'deadline_exceeded' : 'connection';
      throw new DeliveryError(message, { class: 'retryable', reason, status, local: true, cause: error });
    }
  }

  async #post(batch: Batch, plain: Uint8Array, attempt: Attempt): Promise<void> {
    const { signal, logger } = this.#context;
    const encodedBody = batch.encodedBody?.encoding === this.#reuses ? batch.encodedBody?.bytes : undefined;
    const compressed = encodedBody ? undefined : await this.#compress?.(plain);
    let reply: HttpReply | undefined;
    try {
      reply = await this.#sender.post(encodedBody ?? compressed?.bytes ?? plain, attempt);
    } finally {
      // Bytes of an attempt that was given up may still wait in a socket.
      if (reply?.written !== true) batch.pin();
      else compressed?.release();
    }
    if (reply.status < 200 || reply.status > 299) throw this.#refusal(reply);
    reportPartial(logger, signal, this.#partial(reply), attempt);
  }

  sendsTo(): readonly SendingAddress[] {
    return this.#sender.sendsTo();
  }

  shutdown(deadline: AbortSignal): Promise<void> {
    return this.#sender.close(deadline);
  }

  #refusal(reply: HttpReply): DeliveryError {
    const body = decodeStatus(reply.body);
    const url = shownUrl(this.#url);
    let message = `error exporting items, request to ${url} responded with HTTP Status Code ${reply.status}`;
    if (reply.body.length > 0 && body && (body.message !== '' || body.details.length > 0))
      message +=
        `, Message=${body.message}, ` +
        `Details=[${body.details.map((detail) => Buffer.from(detail).toString('latin1')).join(' ')}]`;
    if (reply.status >= 300 && reply.status <= 399) message += this.#sender.redirection(reply);
    const status: GrpcStatus = { code: codeOfHttp(reply.status), message, details: [] };
    const text = statusText(status);
    if (![429, 502, 503, 504].includes(reply.status))
      return new DeliveryError(`Permanent error: ${text}`, { class: 'permanent', reason: 'backend_refused', status });
    const wait = reply.status === 429 || reply.status === 503 ? this.#sender.retryAfterMs(reply) : undefined;
    return new DeliveryError(wait === undefined ? text : `Throttle (${wait / 1000}s), error: ${text}`, {
      class: 'retryable',
      reason: 'backend_refused',
      status,
      retryAfterMs: wait === undefined ? undefined : Math.max(0, wait),
    });
  }

  /**
   * The items that a 2xx response reports as rejected. One that can't be read is a permanent error, as the data may be
   * there; one too large to be about that says nothing.
   */
  #partial(reply: HttpReply): PartialSuccess {
    const type = reply.header('content-type');
    const known = type === contentTypes.proto || type === contentTypes.json;
    if (!known || reply.body.length === 0 || reply.truncated) return { rejected: 0n, message: '' };
    try {
      return type === contentTypes.proto
        ? readPartialSuccess(reply.body)
        : readPartialSuccessJson(new TextDecoder().decode(reply.body));
    } catch (error) {
      const kind = type === contentTypes.proto ? 'protobuf' : 'json';
      throw new DeliveryError(`Permanent error: error parsing ${kind} response: ${(error as Error).message}`, {
        class: 'permanent',
        reason: 'bad_response',
        cause: error,
      });
    }
  }
}
