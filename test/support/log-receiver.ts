import { systemClock, type Clock } from '../../src/component/clock.js';
import type { Receiver, ReceiverDefinition } from '../../src/component/define.js';
import type { DeliveryError } from '../../src/component/delivery-error.js';
import type { Extension } from '../../src/component/define.js';
import type { Batch } from '../../src/otlp/batch.js';
import type { Succession } from '../../src/component/succession.js';
import { jsonText } from '../../src/otlp/json/encode.js';
import { heldWorld, type HeldWorld } from './held-world.js';
import { hostWith } from './host.js';

/** A log record as OTLP/JSON has it, with the attributes of its resource. Attributes are texts, numbers and maps. */
export interface SeenRecord {
  readonly time: string | undefined;
  readonly severity: number;
  readonly severityText: string;
  readonly body: unknown;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: Readonly<Record<string, unknown>>;
}

/** A receiver of logs under test, between a pipeline of the test and the real world. */
export interface RunningLogReceiver {
  readonly world: HeldWorld;
  readonly receiver: Receiver;
  /** The port that it listens at. */
  readonly port: number;
  readonly records: SeenRecord[];
  readonly bodies: unknown[];
  readonly reports: string[];
  /** The pipeline's answer; undefined: it takes everything. */
  refusal: DeliveryError | undefined;
  /** Batches that the pipeline was handed, refused ones too. */
  batches: number;
  /** Set while the pipeline keeps batches waiting; called to let them go. */
  hold(): () => void;
  stop(deadline?: AbortSignal): Promise<void>;
}

/** Starts a receiver of logs. Time is real unless a clock is given. */
export async function runLogReceiver<C>(
  definition: ReceiverDefinition<C>,
  options: object,
  more: {
    readonly clock?: Clock;
    readonly succession?: Succession;
    readonly extensions?: Readonly<Record<string, Pick<Extension, 'offers'>>>;
    readonly budget?: number;
  } = {},
): Promise<RunningLogReceiver> {
  const world = heldWorld({
    signal: 'logs',
    id: definition.type,
    ...(more.succession ? { succession: more.succession } : {}),
    ...(more.budget === undefined ? {} : { budget: more.budget }),
  });
  const context = { ...world.context, kind: 'receiver', clock: more.clock ?? systemClock } as const;
  let held: Promise<void> | undefined;
  const records: SeenRecord[] = [];
  const bodies: unknown[] = [];
  const reports: string[] = [];
  const state = { refusal: undefined as DeliveryError | undefined, batches: 0 };
  const next = {
    async consume(batch: Batch): Promise<void> {
      state.batches++;
      const seen = recordsOf(batch.bytes);
      if (held) await held;
      if (state.refusal) throw state.refusal;
      for (const record of seen) {
        records.push(record);
        bodies.push(record.body);
      }
    },
  };
  const receiver = await definition.create(definition.config.parse(options), context, next);
  await receiver.start?.(hostWith(more.extensions, {}, reports));
  return Object.assign(state, {
    world,
    receiver,
    port: receiver.listensAt?.()[0]?.port ?? 0,
    records,
    bodies,
    reports,
    hold() {
      let go: () => void = () => {};
      held = new Promise((resolve) => {
        go = () => {
          held = undefined;
          resolve();
        };
      });
      return () => go();
    },
    async stop(deadline: AbortSignal = new AbortController().signal) {
      await receiver.shutdown?.(deadline);
    },
  });
}

interface JsonAttribute {
  readonly key: string;
  readonly value: JsonValue;
}

type JsonValue = Readonly<Record<string, unknown>>;

/** The records of an export request. */
export function recordsOf(bytes: Uint8Array): SeenRecord[] {
  const { resourceLogs = [] } = JSON.parse(jsonText('logs', bytes)) as {
    readonly resourceLogs?: readonly {
      readonly resource?: { readonly attributes?: readonly JsonAttribute[] };
      readonly scopeLogs?: readonly { readonly logRecords?: readonly Readonly<Record<string, unknown>>[] }[];
    }[];
  };
  return resourceLogs.flatMap(({ resource, scopeLogs = [] }) =>
    scopeLogs.flatMap(({ logRecords = [] }) =>
      logRecords.map((record) => ({
        time: record['timeUnixNano'] as string | undefined,
        severity: (record['severityNumber'] as number | undefined) ?? 0,
        severityText: (record['severityText'] as string | undefined) ?? '',
        body: plainValue(record['body'] as JsonValue | undefined),
        attributes: plainAttributes(record['attributes'] as readonly JsonAttribute[] | undefined),
        resource: plainAttributes(resource?.attributes),
      })),
    ),
  );
}

function plainAttributes(list: readonly JsonAttribute[] = []): Readonly<Record<string, unknown>> {
  return Object.fromEntries(list.map(({ key, value }) => [key, plainValue(value)]));
}

function plainValue(value: JsonValue | undefined): unknown {
  const [[kind, inner] = []] = Object.entries(value ?? {});
  switch (kind) {
    case 'intValue':
      return Number(inner);
    case 'bytesValue':
      return `bytes ${Buffer.from(inner as string, 'base64').toString('latin1')}`;
    case 'arrayValue':
      return ((inner as { readonly values?: readonly JsonValue[] }).values ?? []).map(plainValue);
    case 'kvlistValue':
      return plainAttributes((inner as { readonly values?: readonly JsonAttribute[] }).values);
    default:
      return inner;
  }
}
