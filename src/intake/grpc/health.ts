import { framed, messagePrefixSize, readPrefix } from '../../net/grpc/framing.js';
import { respondMessage, respondStatus } from '../../net/grpc/respond.js';
import { code } from '../../net/grpc/status.js';
import { headerField } from '../../net/http2/fields.js';
import type { Http2Request, RequestBody } from '../../net/http2/server.js';
import { encodeHealth, healthStatus, readHealthRequest } from '../../otlp/status/health.js';
import type { Reservation } from '../admission.js';
import type { Bodies, Cut, IncomingBody } from '../bodies.js';
import { noMemoryStatus, plainStatus } from '../status.js';
import { prefixFault } from './prefix-fault.js';
import { grpcStatusOf } from './status.js';

const service = 'grpc.health.v1.Health';
export const healthCheckPath: string = `/${service}/Check`;

/** The largest request that is read, bytes: the name of a service. */
const mostBytes = 1024;
/** The memory of one health check, bytes. */
const callBytes = mostBytes + messagePrefixSize;

/**
 * The answer to a method of the health service beside `Check`; undefined for methods of other services. Clients of
 * `Watch` take a server that does not implement it for healthy.
 */
export function otherHealthMethod(path: string): string | undefined {
  if (!path.startsWith(`/${service}/`)) return undefined;
  return path === `/${service}/Watch`
    ? 'Watch is not implemented: this server says by Check whether it is serving, and by GOAWAY that it stops'
    : `unknown method ${path.slice(service.length + 2)} for service ${service}`;
}

/** The state that health checks are answered from. */
export interface HealthSource {
  /** Names of the services, without methods. */
  readonly services: ReadonlySet<string>;
  /** False once senders should go elsewhere. */
  serving(): boolean;
}

/** Answers a call of grpc.health.v1.Health/Check. Probes have no credentials, so that none are asked for. */
export function answerHealthCheck(
  request: Http2Request,
  source: HealthSource,
  reservation: Reservation,
  bodies: Bodies,
): void {
  if (!reservation.resize(callBytes)) return respondStatus(request, noMemoryStatus());
  const call = new HealthCheck(request, source, reservation, bodies);
  request.receive(call);
  bodies.begin(call);
}

class HealthCheck implements RequestBody, IncomingBody {
  readonly reservation: Reservation;
  readonly deadline: undefined;
  readonly #request: Http2Request;
  readonly #source: HealthSource;
  readonly #bodies: Bodies;
  readonly #bytes: Uint8Array = new Uint8Array(callBytes);
  /** Bytes that have arrived. */
  size = 0;
  #over = false;

  constructor(request: Http2Request, source: HealthSource, reservation: Reservation, bodies: Bodies) {
    this.#request = request;
    this.#source = source;
    this.#bodies = bodies;
    this.reservation = reservation;
  }

  onData(chunk: Uint8Array, from: number, to: number): void {
    if (this.#over) return;
    const taken = Math.min(to - from, this.#bytes.length - this.size);
    this.#bytes.set(chunk.subarray(from, from + taken), this.size);
    this.size += taken;
    if (this.size < messagePrefixSize) return;
    const { flag, length } = readPrefix(this.#bytes);
    const encoding = headerField(this.#request.headers, 'grpc-encoding') ?? '';
    const fault = prefixFault(flag, length, encoding, mostBytes);
    if (fault) this.#refuse(grpcStatusOf(fault).code, grpcStatusOf(fault).message);
    else if (flag === 1) this.#refuse(code.Unimplemented, 'a health check is not read compressed');
    else if (this.size - messagePrefixSize >= length)
      this.#answer(this.#bytes.subarray(messagePrefixSize, messagePrefixSize + length));
  }

  onEnd(): void {
    this.#refuse(code.Unknown, 'EOF');
  }

  onGone(): void {
    this.#end();
  }

  cut(why: Cut): void {
    this.#refuse(why === 'no_memory' ? code.Unavailable : code.DeadlineExceeded, 'the message comes too slowly');
  }

  #answer(message: Uint8Array): void {
    try {
      const asked = readHealthRequest(message);
      const known = asked === '' || asked === service || this.#source.services.has(asked);
      if (!known) return this.#refuse(code.NotFound, 'unknown service');
      const status = this.#source.serving() ? healthStatus.serving : healthStatus.notServing;
      if (this.#end()) respondMessage(this.#request, framed(encodeHealth(status), false), undefined);
    } catch (error) {
      this.#refuse(code.Internal, `grpc: error unmarshalling request: ${(error as Error).message}`);
    }
  }

  #refuse(number: number, message: string): void {
    if (this.#end()) respondStatus(this.#request, plainStatus(number, message));
  }

  /** True the first time. */
  #end(): boolean {
    const first = !this.#over;
    this.#over = true;
    this.#bodies.end(this);
    this.reservation.end();
    return first;
  }
}
