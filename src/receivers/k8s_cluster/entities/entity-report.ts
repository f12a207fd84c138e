import { emptyContext } from '../../../component/consumer.js';
import { resultInTurns } from '../../../component/turn.js';
import { Ticker } from '../../../intake/scrape/ticker.js';
import type { ObjectReading } from '../../../kubernetes/cluster.js';
import { LogBuilder } from '../../../otlp/build/logs.js';
import type { Config } from '../config.js';
import { readObjects, type ClusterUid, type ReportParts } from '../reading.js';
import { KnownEntities, type EntityChange } from './known-entities.js';
import { entityKinds } from './kinds.js';

/** Changes are collected for so long, milliseconds: a rollout changes many objects at once, some of them often. */
const gatheringMs = 1000;
/** Bytes of a batch. */
const mostBatch = 1 << 20;

/**
 * Sends events about the objects of the cluster as log records: the state of each once all kinds have been read, then
 * of what changes, and of all at an interval; and when one is gone.
 */
export class EntityReport {
  readonly #parts: ReportParts;
  readonly #intervalMs: number;
  readonly #known: KnownEntities = new KnownEntities();
  readonly #readings: readonly ObjectReading[];
  readonly #ticker: Ticker;
  readonly #unread: Set<string> = new Set();
  #clusterUid: ClusterUid = { kind: 'unread' };
  /** When all entities are sent, clock milliseconds. */
  #allDue = 0;
  #isOver = false;

  constructor(config: Config, parts: ReportParts) {
    const { clock } = parts.context;
    this.#parts = parts;
    this.#intervalMs = config.metadata_collection_interval;
    const known = this.#known;
    this.#readings = readObjects(
      config,
      parts,
      (read, namespaces) => {
        for (const kind of entityKinds) {
          if (!kind.isNamespaced && namespaces.length > 0) continue;
          for (const namespace of kind.isNamespaced && namespaces.length > 0 ? namespaces : ['']) {
            const place = `${kind.resource.plural} ${namespace}`;
            this.#unread.add(place);
            // A kind that cannot be read holds up nothing.
            const tried = (): void => void this.#unread.delete(place);
            read(
              kind.resource,
              { namespace },
              {
                upsert: (uid, object) => known.upsert(kind, uid, object),
                remove: (uid) => known.remove(uid),
                synced: tried,
                failed: tried,
              },
            );
          }
        }
      },
      (read) => (this.#clusterUid = read),
    );
    this.#ticker = new Ticker(clock, gatheringMs, gatheringMs, () => this.#send());
    this.#ticker.start();
  }

  /** Sends no further batch; resolves when the last one has an answer. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#ticker.stop();
    await Promise.all(this.#readings.map((reading) => reading.release()));
  }

  async #send(): Promise<void> {
    if (this.#unread.size > 0 || this.#clusterUid.kind === 'unread') return;
    const { context, entry, over } = this.#parts;
    const now = context.clock.now();
    const isAll = this.#allDue === 0 || (this.#intervalMs > 0 && now >= this.#allDue);
    if (isAll) this.#allDue = now + Math.max(1, this.#intervalMs);
    const changes = this.#known.changes(isAll);
    for (let isDone = false; !isDone && !this.#isOver;) {
      const logs = new LogBuilder();
      logs.resource();
      if (this.#clusterUid.kind === 'known') logs.attribute('k8s.cluster.uid', this.#clusterUid.uid);
      logs.scope('').attribute('otel.entity.event_as_log', true);
      isDone = await resultInTurns(this.#fill(logs, changes, context.clock.unixMs()));
      const batch = logs.finish();
      if (batch.itemCount > 0) await entry.submit(batch, { ...emptyContext, signal: over });
    }
  }

  /** Writes changes until a batch is full; resolves with whether these were the last ones. */
  *#fill(logs: LogBuilder, changes: Iterator<EntityChange>, unixMs: number): Generator<void, boolean, undefined> {
    while (logs.size < mostBatch) {
      const next = changes.next();
      if (next.done === true) return true;
      this.#write(logs, next.value, unixMs);
      yield;
    }
    return false;
  }

  #write(logs: LogBuilder, { step, entity }: EntityChange, unixMs: number): void {
    logs
      .record(unixMs)
      .attribute('otel.entity.id', new Map([[entity.idKey, entity.id]]))
      .attribute('otel.entity.event.type', `entity_${step}`)
      .attribute('otel.entity.type', entity.type);
    if (step === 'delete') return;
    if (this.#intervalMs > 0) logs.attribute('otel.entity.interval', Math.round(this.#intervalMs));
    logs.attribute('otel.entity.attributes', entity.attributes);
  }
}
