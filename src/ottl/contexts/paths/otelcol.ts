import type { PathAccess } from '../../expression.js';
import { OttlError } from '../../ottl-error.js';
import type { ClientInfo } from '../../scene.js';
import type { Value } from '../../value.js';
import { at } from '../batch-scene.js';
import { KeyStep, valueBelow } from '../path-keys.js';
import type { PathEnd, PathTable } from '../path-table.js';

/** The paths of the sender of a batch. None of them can be changed. */
export const otelcolPaths: PathTable = {
  client: {
    below: {
      addr: { access: ({ text }) => ({ text, get: (scene) => at(scene).client?.address ?? '' }) },
      metadata: { takesKeys: true, access: metadataAccess((client) => client?.metadata ?? new Map()) },
      auth: { below: { attributes: { takesKeys: true, access: authAttributes } } },
    },
  },
  // Also what the receiver does not include for clients.
  grpc: {
    below: { metadata: { takesKeys: true, access: metadataAccess((client) => client?.grpcMetadata?.()) } },
  },
};

function metadataAccess(metadataOf: (client: ClientInfo | undefined) => ClientInfo['metadata'] | undefined) {
  return ({ text, keys }: PathEnd): PathAccess => {
    const [first, ...others] = keys;
    if (first === undefined)
      return {
        text,
        get: (scene) => {
          const metadata = metadataOf(at(scene).client);
          return metadata && new Map<string, Value>(metadata);
        },
      };
    const name = new KeyStep(first);
    const rest = others.map((key) => new KeyStep(key));
    return {
      text,
      get: (scene) => {
        const values = metadataOf(at(scene).client)?.get(name.text(scene).toLowerCase());
        if (values !== undefined && rest.length > 1)
          throw new OttlError('cannot index into string slice more than once');
        return valueBelow(values, rest, scene);
      },
    };
  };
}

function authAttributes({ text, keys }: PathEnd): PathAccess {
  const [first, ...others] = keys;
  const name = first && new KeyStep(first);
  const rest = others.map((key) => new KeyStep(key));
  return {
    text,
    get: (scene) => {
      const { auth } = at(scene).client ?? {};
      if (name) return valueBelow(valueOf(auth?.get(name.text(scene))), rest, scene);
      return new Map([...(auth ?? [])].map(([key, value]) => [key, valueOf(value)]));
    },
  };
}

/** An authenticator's value for a client, as far as it is text, a number or a list of these. */
function valueOf(value: unknown): Value {
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'bigint') return value;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  return Array.isArray(value) ? value.map(valueOf) : undefined;
}
