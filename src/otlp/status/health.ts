import { tagOf } from '../fields.js';
import { eachField } from '../wire/untrusted.js';

/** The serving status of grpc.health.v1. */
export const healthStatus = { serving: 1, notServing: 2 } as const;

const serviceTag = tagOf('HealthCheckRequest', 'service');
const statusTag = tagOf('HealthCheckResponse', 'status');

/** The service that a grpc.health.v1.HealthCheckRequest asks for, `''` for the whole server. Throws for other bytes. */
export function readHealthRequest(bytes: Uint8Array): string {
  let service = '';
  const fault = eachField(bytes, (tag, start, end) => {
    if (tag === serviceTag) service = new TextDecoder().decode(bytes.subarray(start, end));
  });
  if (fault !== undefined) throw new Error(fault);
  return service;
}

/** Encodes a grpc.health.v1.HealthCheckResponse. */
export function encodeHealth(status: (typeof healthStatus)[keyof typeof healthStatus]): Uint8Array {
  return Uint8Array.of(statusTag, status);
}
