import { inUse } from '../../component/schema/in-use.js';
import { int, type Schema } from '../../component/schema/schema.js';

/** Bytes; the Collector's default wherever it has one. */
const collectorBuffer = 524_288;

interface OtherRuntime {
  /** Values that ask for nothing that is not so anyway. */
  readonly harmless: readonly unknown[];
  /** Continues "it has no effect: ". */
  readonly instead: string;
}

const buffers: OtherRuntime = {
  harmless: [0, collectorBuffer],
  instead: 'Node sizes the buffers of its sockets itself, and writes a request in one piece',
};
const pings = 'Node pings an idle HTTP/2 connection every minute';

/** Options of Go's network clients and servers that Node has nothing like, by name. */
const withoutEffect: Readonly<Record<string, OtherRuntime>> = {
  read_buffer_size: buffers,
  write_buffer_size: buffers,
  max_idle_conns: { harmless: [0, 100], instead: 'Node keeps every idle connection for `idle_conn_timeout`' },
  max_idle_conns_per_host: {
    harmless: [0],
    instead: '`max_conns_per_host` bounds all connections of a host, idle or not',
  },
  http2_read_idle_timeout: { harmless: [0], instead: pings },
  http2_ping_timeout: { harmless: [0], instead: pings },
};

/**
 * `read_buffer_size` of a client or server. A component that runs has one warning for all its options that Node has
 * nothing like: configurations of the Collector set them, and work without them.
 */
export function readBufferSize(fallback: number): Schema<number> {
  const schema = int(fallback, {
    about: 'No effect (a warning says so): Node sizes its own.',
    unit: 'bytes',
  });
  return inUse(schema, (_value, { beside, warn }) => {
    const set = Object.entries(withoutEffect).filter(
      ([name, { harmless }]) => name in beside && !harmless.includes(beside[name]),
    );
    if (set.length > 0)
      warn('Options that have no effect here: Node does something else instead', {
        options: Object.fromEntries(set.map(([name, { instead }]) => [name, instead])),
      });
  });
}

export function writeBufferSize(fallback: number): Schema<number> {
  return int(fallback, { about: 'No effect (a warning says so): a request leaves in one piece.', unit: 'bytes' });
}
