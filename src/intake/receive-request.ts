import type { CancelSignal } from '../component/cancellation.js';
import type { Clock } from '../component/clock.js';
import type { RequestContext } from '../component/consumer.js';
import { metadataBytes } from '../component/metadata-size.js';
import type { Span } from '../component/tracer.js';
import type { Reservation } from './admission.js';
import type { KnownSender } from './authenticate.js';
import type { Transport } from './books.js';
import { decode, type Transcode } from './decode.js';
import { inflate } from './inflate.js';
import { PartialOutcome } from './partial-outcome.js';
import type { ReceiverEntry } from './receiver-entry.js';
import {
  refuse,
  releaseAll,
  type Decoded,
  type Ended,
  type Received,
  type Refused,
  type RequestState,
} from './request-state.js';

/** A request, as a transport presents it to the steps of this folder. */
export interface IncomingRequest {
  readonly transport: Transport;
  readonly entry: ReceiverEntry;
  readonly reservation: Reservation;
  /** Largest body, on the wire and inflated, bytes. */
  readonly limit: number;
  /** For bodies in another format than OTLP protobuf. */
  readonly transcode: Transcode | undefined;
  /** In `Clock.now()` milliseconds. */
  readonly deadline: number | undefined;
  /** Aborts when the sender leaves before it has a reply. */
  readonly signal: CancelSignal;
  readonly peer: string;
  /** The transport's own span, while tracing is on. */
  readonly span: Span | undefined;
  /** Receives the body, with its memory under `reservation`. Called once and synchronously. Never rejects. */
  receive(): Promise<Received | Refused>;
  /** Authenticates the sender. Called once, after decoding. Never rejects. */
  sender(): Promise<KnownSender | Refused>;
  /** Client metadata for the pipelines: lower-case name to values. */
  metadata(): RequestContext['metadata'];
  /** All metadata of a gRPC call, made when it is asked for. */
  readonly grpcMetadata?: RequestContext['grpcMetadata'];
}

/**
 * The way of every request: receive its body, inflate and decode it, authenticate the sender, send the batch to the
 * pipelines. It is to receivers what `deliver` is to exporters. The reservation ends here, whatever the outcome. Never
 * rejects.
 */
export async function receiveRequest(request: IncomingRequest, clock: Clock): Promise<Ended> {
  const { entry, limit, reservation, transcode } = request;
  try {
    let state: RequestState = await request.receive();
    if (state.step === 'received') state = await inflate(state, limit, reservation);
    if (state.step === 'plain') {
      const next = decode(state, entry.signal, transcode, reservation);
      state = next instanceof Promise ? await next : next;
    }
    if (state.step === 'decoded') state = await handOn(state, request, clock);
    return state;
  } catch (error) {
    return refuse({ kind: 'fault', message: (error as Error).message });
  } finally {
    reservation.end();
  }
}

async function handOn({ batch, memory, unread }: Decoded, request: IncomingRequest, clock: Clock): Promise<Ended> {
  const { entry, deadline, signal, peer, span, transport, reservation, grpcMetadata } = request;
  const sender = await request.sender();
  if (sender.step === 'refused') {
    releaseAll(memory);
    return sender;
  }
  if (deadline !== undefined && clock.now() >= deadline) {
    releaseAll(memory);
    return refuse({ kind: 'deadline_exceeded' });
  }
  const { auth } = sender;
  const metadata = request.metadata();
  if (metadata.size > 0 && !reservation.resize(reservation.bytes + metadataBytes(metadata))) {
    releaseAll(memory);
    return refuse({ kind: 'no_memory' });
  }
  const partial = new PartialOutcome(batch.itemCount);
  if (unread !== undefined) partial.rejected(0, unread);
  const context: RequestContext = { metadata, grpcMetadata, deadline, signal, partial, auth, peer, span };
  const ended = await entry.handOn(batch, context, transport);
  // The garbage collector frees the memory of a refused batch: an abandoned attempt may still read it.
  if (ended.step !== 'accepted') return ended;
  releaseAll(memory);
  if (!partial.heard) return ended;
  return { step: 'accepted', partial, ...(unread === undefined ? {} : { unread }) };
}
