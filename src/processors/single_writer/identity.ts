import type { RequestContext } from '../../component/consumer.js';
import { hostOfPeer } from '../../component/peer-host.js';
import { cutText } from '../../component/peer-text.js';
import { key, type Key } from '../../otlp/view/key.js';
import type { ResourceView } from '../../otlp/view/resource.js';
import { ValueView } from '../../otlp/view/value.js';
import type { StreamWriter, Writers } from './writers.js';

/** One thing that tells writers apart. */
export type WriterSource =
  | { readonly kind: 'peer' | 'connection' | 'receiver' }
  | { readonly kind: 'metadata'; readonly name: string }
  | { readonly kind: 'resource'; readonly key: Key };

/** Characters of a value that comes from a sender. */
const mostText = 128;
/** Stands for a sender whose address is not known: its request went through a queue. */
const unknownPeer = 'unknown';

/** The source that a text of `identify_by` names; undefined when it names none. */
export function sourceOf(text: string): WriterSource | undefined {
  if (text === 'peer' || text === 'connection' || text === 'receiver') return { kind: text };
  const name = /^(metadata|resource)\.(.+)$/s.exec(text);
  if (name?.[1] === 'metadata') return { kind: 'metadata', name: (name[2] ?? '').toLowerCase() };
  return name?.[1] === 'resource' ? { kind: 'resource', key: key(name[2] ?? '') } : undefined;
}

/** Finds the writer of the resources of a request. A request at a time. */
export class Identity {
  readonly #sources: readonly WriterSource[];
  readonly #writers: () => Writers;
  readonly #readsResource: boolean;
  readonly #value: ValueView = new ValueView();
  #request: RequestContext | undefined;
  #now = 0;
  #writer: StreamWriter | undefined;

  constructor(sources: readonly WriterSource[], writers: () => Writers) {
    this.#sources = sources;
    this.#writers = writers;
    this.#readsResource = sources.some(({ kind }) => kind === 'resource');
  }

  /** Begins with a request. */
  enterRequest(request: RequestContext, now: number): void {
    this.#request = request;
    this.#now = now;
    this.#writer = undefined;
  }

  /** The writer of the points of a resource. */
  writerOf(resource: ResourceView): StreamWriter {
    if (this.#writer === undefined || this.#readsResource) this.#writer = this.#find(resource);
    return this.#writer;
  }

  #find(resource: ResourceView): StreamWriter {
    const peer = cutText(this.#request?.peer ?? unknownPeer, mostText);
    const identity = this.#sources.map((source) => this.#textOf(source, peer, resource)).join(' ');
    return this.#writers().enter(peer, identity, this.#now);
  }

  #textOf(source: WriterSource, peer: string, resource: ResourceView): string {
    switch (source.kind) {
      case 'peer':
        return hostOfPeer(peer);
      case 'connection':
        return peer;
      case 'receiver':
        return this.#request?.receiver ?? '';
      case 'metadata':
        return cutText(this.#request?.metadata.get(source.name)?.join(',') ?? '', mostText);
      default:
        return resource.attribute(source.key, this.#value) ? cutText(shownValue(this.#value), mostText) : '';
    }
  }
}

/** A value of an attribute for people; what is no plain value is left out. */
export function shownValue(value: ValueView): string {
  switch (value.type) {
    case 'string': {
      const { bytes, start, end } = value.string;
      // A character has up to four bytes.
      return Buffer.from(bytes.buffer, bytes.byteOffset + start, Math.min(end - start, 4 * mostText)).toString();
    }
    case 'int':
      return String(value.int.toSigned());
    case 'double':
      return String(value.double);
    case 'bool':
      return String(value.bool);
    default:
      return '';
  }
}
