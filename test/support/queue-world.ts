import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startBackend, type Backend } from './backend.js';
import { encodeSpans } from './otlp.js';
import { freePorts, startProgram, type Program } from './program.js';

/** The example of a gateway whose queue is on disk, as a user would run it. */
export const persistentGateway: string = fs.readFileSync(
  path.resolve(import.meta.dirname, '../../examples/persistent-gateway.yaml'),
  'utf8',
);

export interface StoredGateway {
  readonly grpc: number;
  readonly http: number;
  readonly metrics: number;
  readonly storage: string;
  start(yaml?: string, options?: Parameters<typeof startProgram>[1]): Promise<Program>;
}

/** Folders, backends and gateways of a test, all of which `end` removes. */
export class QueueWorld {
  readonly #stops: (() => unknown)[] = [];

  /** Runs at the end, before everything that was made earlier is removed. */
  atEnd(stop: () => unknown): void {
    this.#stops.push(stop);
  }

  async end(): Promise<void> {
    for (const stop of this.#stops.splice(0).toReversed()) await stop();
  }

  newFolder(): string {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-queue-'));
    this.atEnd(() => fs.rmSync(folder, { recursive: true, force: true }));
    return folder;
  }

  async newBackend(port = 0): Promise<Backend> {
    const backend = await startBackend(port);
    this.atEnd(() => backend.close());
    return backend;
  }

  /** The example on ports of its own, which a start after a kill has again. */
  async gateway(backend: number, storage: string = this.newFolder()): Promise<StoredGateway> {
    const [grpc = 0, http = 0, metrics = 0, health = 0] = await freePorts(4);
    return {
      ...{ grpc, http, metrics, storage },
      start: async (yaml = persistentGateway, options = {}) => {
        const program = await startProgram(yaml, {
          ...options,
          env: {
            ...{ GRPC_PORT: String(grpc), HTTP_PORT: String(http), METRICS_PORT: String(metrics) },
            ...{ HEALTH_PORT: String(health), BACKEND: `127.0.0.1:${backend}`, STORAGE_DIR: storage },
          },
        });
        this.atEnd(() => program.stop('SIGKILL'));
        return program;
      },
    };
  }
}

export const newSpanId = (): string => randomBytes(8).toString('hex');

/** A trace request with these spans, each of a trace of its own. */
export function spansOf(ids: readonly string[], service?: string): Buffer {
  return encodeSpans(
    ids.map((spanId) => ({ traceId: randomBytes(16).toString('hex'), spanId })),
    service,
  );
}
