import type { Batch } from '../batch.js';
import { findAttribute, textOf, type Range } from '../view/attribute.js';
import { crc32 } from './crc32.js';
import { attributesOf, byResource, eachHolder } from './rows.js';
import type { Owners } from './route.js';

const serviceName: Buffer = Buffer.from('service.name');
const value: Range = { start: -1, end: -1 };
const text: Range = { start: -1, end: -1 };

/** Logs hash the bare `service.name` of their resource; without one, or when it is not text, the empty key. */
export function logService(batch: Batch, ring: Owners, partOf: Int32Array): number {
  return byResource(batch, partOf, (bytes, from, to) => ring.ownerOf(hasService(bytes, from, to) ? hashOfText(bytes) : 0));
}

/** Metrics hash it as well, but have no owner without one. */
export function metricService(batch: Batch, ring: Owners, partOf: Int32Array): number {
  return byResource(batch, partOf, (bytes, from, to) => (hasService(bytes, from, to) ? ring.ownerOf(hashOfText(bytes)) : -1));
}

function hasService(bytes: Uint8Array, from: number, to: number): boolean {
  let found = false;
  eachHolder(bytes, from, to, (start, end) => {
    found ||= findAttribute(bytes, start, end, attributesOf.resource, serviceName, value);
  });
  return found;
}

function hashOfText(bytes: Uint8Array): number {
  return textOf(bytes, value, text) ? crc32(bytes, text.start, text.end) : 0;
}
