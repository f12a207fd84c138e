import { DeliveryError } from '../../component/delivery-error.js';
import type { Host, SendingAddress } from '../../component/lifecycle.js';
import type { Logger } from '../../component/telemetry.js';
import type { Attempt, Pusher } from '../../component/pusher.js';
import { resultInTurns } from '../../component/turn.js';
import { compressor, type Compress } from '../../net/compression/compress.js';
import type { HttpReply } from '../../net/http/client.js';
import type { HttpSender } from '../../net/http/sender.js';
import type { Batch } from '../../otlp/batch.js';
import { partitioning } from '../../otlp/parts/partition.js';
import { Emitter } from './emitter.js';
import { metadataRequest } from './metadata.js';
import type { Plan } from './plan.js';
import { Requests, type WriteRequest } from './requests.js';
import type { SeriesSink } from './series-sink.js';
import { WrittenHeaders } from './written-headers.js';

export interface PusherParts {
  readonly sender: HttpSender;
  readonly logger: Logger;
  /** The plan of a batch, made when it is not there yet. */
  readonly planOf: (batch: Batch) => Promise<Plan>;
  readonly newSink: () => SeriesSink;
  /** Bytes of a request. */
  readonly mostBytes: number;
  /** Requests of one batch at a time. */
  readonly parallel: number;
  readonly sendsMetadata: boolean;
  readonly retries429: boolean;
  /** Version 2 says in its responses how much was written. */
  readonly saysWritten: boolean;
}

/** A request that failed. */
interface Failed {
  readonly request: WriteRequest;
  readonly error: DeliveryError;
}

/**
 * Sends the points of a batch as one or more requests. A request that can be sent again remains; one that was refused
 * for good does not keep the others from being sent.
 */
export class RemoteWritePusher implements Pusher {
  readonly #parts: PusherParts;
  readonly #written: WrittenHeaders | undefined;
  #compress: Compress | undefined;

  constructor(parts: PusherParts) {
    this.#parts = parts;
    this.#written = parts.saysWritten ? new WrittenHeaders(parts.logger) : undefined;
  }

  async start(host: Host): Promise<void> {
    this.#compress = await compressor('snappy', 0);
    await this.#parts.sender.start(host);
  }

  async push(batch: Batch, attempt: Attempt): Promise<void> {
    const { planOf, newSink, mostBytes, parallel } = this.#parts;
    const plan = await planOf(batch);
    const requests = new Requests(plan, new Emitter(), newSink(), mostBytes);
    const failed: Failed[] = [];
    const running = new Set<Promise<void>>();
    let goesOn = true;
    /** Slots of the requests that were sent. */
    let sent = 0;
    while (goesOn && requests.more) {
      const request = await resultInTurns(requests.next());
      // Samples of a series must not overtake each other.
      if (request.goesOn) await Promise.all(running);
      if (!goesOn) break;
      sent = request.to;
      const sending = this.#send(request, attempt).catch((thrown: unknown) => {
        const error = DeliveryError.from(thrown);
        failed.push({ request, error });
        // A backend that takes nothing now is not asked for the rest.
        if (error.class === 'retryable') goesOn = false;
      });
      const done = sending.finally(() => running.delete(done));
      running.add(done);
      if (running.size >= parallel || !requests.more) await Promise.race(running);
    }
    await Promise.all(running);
    if (failed.length > 0) await this.#fail(plan, failed, sent, attempt);
    else this.#leaveOut(plan, attempt);
    if (this.#parts.sendsMetadata) await this.#sendMetadata(plan, attempt);
  }

  sendsTo(): readonly SendingAddress[] {
    return this.#parts.sender.sendsTo();
  }

  shutdown(deadline: AbortSignal): Promise<void> {
    return this.#parts.sender.close(deadline);
  }

  async #send({ body }: { readonly body: Uint8Array }, attempt: Attempt): Promise<void> {
    const compressed = await this.#compress?.(body);
    const reply = await this.#parts.sender.post(compressed?.bytes ?? body, attempt);
    if (reply.written) compressed?.release();
    if (reply.status < 200 || reply.status > 299) throw this.#refusal(reply);
    this.#written?.check(reply);
  }

  /** Books the points that are not sent for a reason found here. */
  #leaveOut({ notSent }: Plan, attempt: Attempt): void {
    for (const [reason, points] of notSent) attempt.rejected?.(points, reason);
  }

  /** Throws for what failed: what can be sent again, or, when nothing can, what was refused for good. */
  async #fail(plan: Plan, failed: readonly Failed[], sent: number, attempt: Attempt): Promise<never> {
    const again = failed.filter(({ error }) => error.class === 'retryable');
    const refused = failed.filter(({ error }) => error.class === 'permanent');
    const remaining = again.length > 0 ? again : refused;
    const remains = new Uint8Array(plan.slots.length);
    for (const { request } of remaining) remains.fill(1, request.from, request.to);
    // The slots that were not sent yet can still be.
    if (again.length > 0) remains.fill(1, sent);
    const { itemCount } = plan.batch;
    const partOf = new Int32Array(itemCount).fill(-1);
    let left = 0;
    for (let i = 0; i < itemCount; i++) {
      const slot = plan.slotOf[i] ?? -1;
      if (slot < 0 || remains[slot] !== 1) continue;
      partOf[i] = 0;
      left++;
    }
    if (left === itemCount) throw joined(remaining, plan.batch);
    this.#leaveOut(plan, attempt);
    if (again.length > 0) for (const one of refused) attempt.rejected?.(pointsOf(plan, one.request));
    const [rest] = await resultInTurns(partitioning(plan.batch, partOf, 1));
    throw joined(remaining, rest ?? plan.batch);
  }

  /** Nobody waits for metadata: what is not taken now comes with the next batch. */
  async #sendMetadata(plan: Plan, attempt: Attempt): Promise<void> {
    const body = metadataRequest(plan);
    if (!body) return;
    try {
      await this.#send({ body }, attempt);
    } catch (error) {
      this.#parts.logger.warn('Metadata could not be sent', { error });
    }
  }

  #refusal(reply: HttpReply): DeliveryError {
    const { logger, sender, retries429 } = this.#parts;
    const said = Buffer.from(reply.body).toString().trim().slice(0, mostShown);
    const passes = reply.status >= 500 || (reply.status === 429 && retries429);
    const redirection = reply.status >= 300 && reply.status <= 399 ? sender.redirection(reply) : '';
    logger.error('failed to send WriteRequest to remote endpoint', { status: reply.status, error: said });
    const words = said === '' ? '' : `: ${said}`;
    const message = `remote write request failed: status ${reply.status}${redirection}${words}`;
    const wait = sender.retryAfterMs(reply);
    return new DeliveryError(passes ? message : `Permanent error: ${message}`, {
      class: passes ? 'retryable' : 'permanent',
      reason: 'backend_refused',
      retryAfterMs: passes && wait !== undefined ? Math.max(0, wait) : undefined,
    });
  }
}

/** Characters of a response's body that are shown. */
const mostShown = 1024;

/** One error for requests that failed, none of which was refused for good when another can be sent again. */
function joined(failed: readonly Failed[], rest: Batch): DeliveryError {
  // `rest` was cut once for all of them.
  const failures = failed.map(({ error }, i) => ({ error, remaining: i === 0 ? [rest] : [] }));
  return DeliveryError.join(failures, 'any-retryable');
}

function pointsOf(plan: Plan, { from, to }: WriteRequest): number {
  let points = 0;
  for (const slot of plan.slotOf) if (slot >= from && slot < to) points++;
  return points;
}
