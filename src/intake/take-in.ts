import type { CancelSignal } from '../component/cancellation.js';
import type { Clock } from '../component/clock.js';
import type { RequestContext } from '../component/consumer.js';
import type { Span } from '../component/tracer.js';
import type { Reservation } from './admission.js';
import type { Known } from './authenticate.js';
import type { Transport } from './books.js';
import { decode, type Transcode } from './decode.js';
import { inflate } from './inflate.js';
import type { ReceiverEntry } from './receiver-entry.js';
import { refused, release, type Decoded, type Ended, type Received, type Refused, type RequestState } from './request-state.js';

/** A request as its transport presents it. */
export interface Arrival {
  readonly transport: Transport;
  readonly entry: ReceiverEntry;
  readonly reservation: Reservation;
  /** Largest body, on the wire and inflated, bytes. */
  readonly limit: number;
  /** For bodies in another format than OTLP protobuf. */
  readonly transcode: Transcode | undefined;
  /** In `Clock.now()` milliseconds. */
  readonly deadline: number | undefined;
  /** Aborts when the sender goes without its answer. */
  readonly gone: CancelSignal;
  readonly peer: string;
  /** The transport's own span, while tracing is on. */
  readonly span: Span | undefined;
  /** Receives the body under `reservation`. Called once, before anything is awaited. Never rejects. */
  receive(): Promise<Received | Refused>;
  /** Called when the body could be decoded. Never rejects. */
  sender(): Promise<Known | Refused>;
  /** Client metadata as the pipelines see it: lower-case name to values. */
  metadata(): RequestContext['metadata'];
}

/**
 * Takes in one request: receives, inflates and decodes its body, authenticates its sender, and hands it to the pipelines, which is the twin of
 * `deliver`. Its memory and its reservation are given up here, on every way out. Never rejects.
 */
export async function takeIn(arrival: Arrival, clock: Clock): Promise<Ended> {
  const { entry, limit, reservation, transcode } = arrival;
  try {
    let state: RequestState = await arrival.receive();
    if (state.step === 'received') state = await inflate(state, limit, reservation);
    if (state.step === 'plain') state = decode(state, entry.signal, transcode);
    if (state.step === 'decoded') state = await handOn(state, arrival, clock);
    return state;
  } catch (error) {
    return refused({ kind: 'fault', message: (error as Error).message });
  } finally {
    reservation.end();
  }
}

async function handOn({ batch, memory }: Decoded, arrival: Arrival, clock: Clock): Promise<Ended> {
  const { entry, deadline, gone, peer, span, transport } = arrival;
  const sender = await arrival.sender();
  if (sender.step === 'refused') {
    release(memory);
    return sender;
  }
  if (deadline !== undefined && clock.now() >= deadline) {
    release(memory);
    return refused({ kind: 'deadline_exceeded' });
  }
  const { auth } = sender;
  const ended = await entry.handOn(batch, { metadata: arrival.metadata(), deadline, signal: gone, auth, peer, span }, transport);
  // Memory of a refused batch is left to the collector: an attempt that was given up may still read it.
  if (ended.step === 'accepted') release(memory);
  return ended;
}
