import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Consumer } from '../../src/component/consumer.js';
import type { Receiver } from '../../src/component/define.js';
import { DeliveryError } from '../../src/component/delivery-error.js';
import type { Storage } from '../../src/component/storage.js';
import { jsonText } from '../../src/otlp/json/encode.js';
import { definition } from '../../src/receivers/file_log/index.js';
import { hostWith } from './host.js';
import { heldWorld, type HeldWorld } from './held-world.js';
import { until } from './program.js';

/** A record as its reader sees it. */
export interface ReadRecord {
  readonly body: unknown;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: Readonly<Record<string, unknown>>;
}

type JsonValue = Readonly<Record<string, unknown>>;
interface JsonRecord {
  readonly body?: JsonValue;
  readonly attributes?: readonly { readonly key: string; readonly value: JsonValue }[];
}
interface JsonLogs {
  readonly resourceLogs?: readonly {
    readonly resource?: { readonly attributes?: JsonRecord['attributes'] };
    readonly scopeLogs: readonly { readonly logRecords?: readonly JsonRecord[] }[];
  }[];
}

/** A folder of log files, and a `file_log` receiver that reads them while the test moves its clock. */
export class FileWorld {
  readonly folder: string = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-files-'));
  readonly records: ReadRecord[] = [];
  /** The answer of the pipelines; each batch asks once. */
  answer: 'accept' | 'refuse' | 'reject' = 'accept';
  refusals = 0;
  world: HeldWorld = heldWorld({ signal: 'logs', id: 'file_log' });
  #receiver: Receiver | undefined;

  /** Starts a receiver; `include` and `poll_interval` have defaults. */
  async start(settings: object = {}, storage?: Storage): Promise<void> {
    const next: Consumer = {
      consume: (batch) => {
        if (this.answer === 'accept') this.records.push(...recordsOf(jsonText('logs', batch.bytes)));
        else {
          this.refusals++;
          const permanent = this.answer === 'reject';
          return Promise.reject(
            new DeliveryError('refused', { class: permanent ? 'permanent' : 'retryable', reason: 'backend_refused' }),
          );
        }
        return Promise.resolve();
      },
    };
    const config = definition.config.parse({
      ...{ include: [path.join(this.folder, '*.log')], start_at: 'beginning', poll_interval: '100ms' },
      ...settings,
      ...(storage && { storage: 'memory' }),
    });
    const { context } = this.world;
    this.#receiver = await definition.create(config, { ...context, kind: 'receiver' }, next);
    await this.#receiver.start?.(hostWith(storage ? { memory: { offers: { storage } } } : {}));
  }

  async stop(deadline: AbortSignal = new AbortController().signal): Promise<void> {
    const stopped = this.#receiver?.shutdown?.(deadline);
    this.#receiver = undefined;
    await stopped;
  }

  /** Forgets what the receiver had in memory; only a succession and storage are left. */
  async restart(settings: object = {}, storage?: Storage): Promise<void> {
    await this.stop();
    this.world = heldWorld({ signal: 'logs', id: 'file_log' });
    await this.start(settings, storage);
  }

  async remove(): Promise<void> {
    await this.stop(AbortSignal.abort());
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  path(name: string): string {
    return path.join(this.folder, name);
  }

  write(name: string, text: string | Uint8Array): void {
    fs.mkdirSync(path.dirname(this.path(name)), { recursive: true });
    fs.writeFileSync(this.path(name), text);
  }

  append(name: string, text: string | Uint8Array): void {
    fs.appendFileSync(this.path(name), text);
  }

  get bodies(): unknown[] {
    return this.records.map(({ body }) => body);
  }

  /** Lets time pass until so many records have come. */
  async read(count: number): Promise<unknown[]> {
    await this.until(`${count} records`, () => this.records.length >= count);
    return this.bodies;
  }

  /** Lets time pass, `stepMs` at once, until something is the case. */
  async until(what: string, probe: () => boolean, stepMs = 100): Promise<void> {
    await until(`${what}; there are ${this.records.length} records`, async () => {
      await this.world.clock.pass(stepMs);
      return probe();
    });
  }

  /** Waits until a message was logged so many times. */
  async logged(message: string, times = 1): Promise<void> {
    await this.until(message, () => this.world.lines.filter((line) => line.message === message).length >= times);
  }

  /** Lets so many polls pass in which nothing is to happen. */
  async polls(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      await this.world.clock.pass(100);
      // Reading is done by other threads, which the held clock does not know.
      await fs.promises.stat(this.folder);
      await fs.promises.stat(this.folder);
      await this.world.clock.pass(0);
    }
  }
}

function recordsOf(text: string): ReadRecord[] {
  const { resourceLogs = [] } = JSON.parse(text) as JsonLogs;
  return resourceLogs.flatMap(({ resource, scopeLogs }) =>
    scopeLogs.flatMap(({ logRecords = [] }) =>
      logRecords.map(({ body, attributes }) => ({
        body: plain(body),
        attributes: plainMap(attributes),
        resource: plainMap(resource?.attributes),
      })),
    ),
  );
}

function plainMap(attributes: JsonRecord['attributes'] = []): Readonly<Record<string, unknown>> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, plain(value)]));
}

function plain(value: JsonValue | undefined): unknown {
  return value === undefined ? undefined : Object.values(value)[0];
}
