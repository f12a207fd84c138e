import { key, type Key } from '../../../otlp/view/key.js';
import { SpanView } from '../../../otlp/view/span.js';
import { ValueView } from '../../../otlp/view/value.js';
import { stringLike } from '../../conversions.js';
import { readValue } from '../../read-value.js';

const kinds = { server: 2, client: 3, producer: 4, consumer: 5 } as const;

const names = {
  httpMethod: ['http.request.method', 'http.method'],
  httpRoute: ['http.route'],
  urlTemplate: ['url.template'],
  rpcSystem: ['rpc.system'],
  rpcMethod: ['rpc.method', 'rpc.grpc.method'],
  rpcService: ['rpc.service', 'rpc.grpc.service'],
  dbSystem: ['db.system.name', 'db.system'],
  dbSummary: ['db.query.summary'],
  dbOperation: ['db.operation.name', 'db.operation'],
  dbNamespace: ['db.namespace', 'db.name'],
  dbCollection: ['db.collection.name'],
  dbProcedure: ['db.stored_procedure.name'],
  messagingSystem: ['messaging.system'],
  messagingOperation: ['messaging.operation.name', 'messaging.operation'],
  temporary: ['messaging.destination.temporary'],
  anonymous: ['messaging.destination.anonymous'],
  destinationTemplate: ['messaging.destination.template'],
  destination: ['messaging.destination.name', 'messaging.destination'],
  serverAddress: ['server.address'],
  serverPort: ['server.port'],
} as const;

/** The attributes of the semantic conventions that a name comes from, the current one before its older names. */
type Name = keyof typeof names;

const keys = Object.fromEntries(
  Object.entries(names).map(([name, all]) => [name, all.map(key)]),
) as unknown as Readonly<Record<Name, readonly Key[]>>;

/** Derives the name that the semantic conventions give a span of its kind. */
export class SemconvSpanName {
  readonly #value: ValueView = new ValueView();
  #span: SpanView = new SpanView();

  /** The span's own name when the conventions have none for it. */
  of(span: SpanView): string {
    this.#span = span;
    return this.#byKind(span.kind) ?? span.name.toString();
  }

  #byKind(kind: number): string | undefined {
    switch (kind) {
      case kinds.server:
        return this.#http('httpRoute') ?? this.#rpc() ?? this.#messaging();
      case kinds.client:
        return this.#http('urlTemplate') ?? this.#rpc() ?? this.#database() ?? this.#messaging();
      case kinds.producer:
      case kinds.consumer:
        return this.#messaging();
      default:
        return undefined;
    }
  }

  #http(subject: 'httpRoute' | 'urlTemplate'): string | undefined {
    const method = this.#text('httpMethod');
    return method === undefined ? undefined : joined(' ', method, this.#text(subject));
  }

  #rpc(): string | undefined {
    const system = this.#text('rpcSystem');
    if (system === undefined) return undefined;
    const method = this.#text('rpcMethod');
    const service = this.#text('rpcService');
    if (service === undefined) return method ?? system;
    return `${service}/${method ?? '*'}`;
  }

  #database(): string | undefined {
    const system = this.#text('dbSystem');
    if (system === undefined) return undefined;
    return this.#text('dbSummary') ?? joined(' ', this.#text('dbOperation'), this.#databaseTarget()) ?? system;
  }

  #databaseTarget(): string | undefined {
    const namespace = this.#text('dbNamespace');
    const target = this.#text('dbCollection') ?? this.#text('dbProcedure');
    if (target !== undefined) return joined('.', namespace, target);
    return namespace || this.#server();
  }

  #messaging(): string | undefined {
    const system = this.#text('messagingSystem');
    if (system === undefined) return undefined;
    return joined(' ', this.#text('messagingOperation'), this.#destination()) ?? system;
  }

  #destination(): string | undefined {
    if (this.#isTrue('temporary')) return '(temporary)';
    if (this.#isTrue('anonymous')) return '(anonymous)';
    return this.#text('destinationTemplate') ?? this.#text('destination') ?? this.#server();
  }

  #server(): string | undefined {
    const address = this.#text('serverAddress');
    return address === undefined ? undefined : joined(':', address, this.#text('serverPort'));
  }

  #text(name: Name): string | undefined {
    return this.#find(name) ? (stringLike(readValue(this.#value)) ?? '') : undefined;
  }

  #isTrue(name: Name): boolean {
    return this.#find(name) && readValue(this.#value) === true;
  }

  #find(name: Name): boolean {
    return keys[name].some((each) => this.#span.attribute(each, this.#value));
  }
}

/** Texts that are there, or undefined when none is. */
function joined(separator: string, ...texts: readonly (string | undefined)[]): string | undefined {
  const there = texts.filter((text) => text !== undefined && text !== '');
  return there.length === 0 ? undefined : there.join(separator);
}
