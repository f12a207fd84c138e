import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Cancellation } from '../../src/component/cancellation.js';
import type { Detected, Detector, DetectorKind } from '../../src/processors/resource_detection/detection/detector.js';
import { keyOf, detectorKinds } from '../../src/processors/resource_detection/detectors/all.js';
import { Clients } from '../../src/metadata/clients.js';
import { heldWorld, type HeldWorld } from './held-world.js';
import { MetadataServer, type MetadataRoutes } from './metadata-server.js';

export interface DetectorWorldOptions {
  /** Of the detector. */
  readonly options?: object;
  readonly env?: Readonly<Record<string, string>>;
  /** By path; read in place of the files of the machine. */
  readonly files?: Readonly<Record<string, string>>;
  /** Of a server that stands for every fixed address. */
  readonly routes?: MetadataRoutes;
  readonly failOnMissing?: boolean;
  readonly gates?: readonly string[];
}

/** One detector on a machine that is made up. */
export class DetectorWorld {
  readonly world: HeldWorld;
  readonly server: MetadataServer;
  readonly root: string;
  readonly #detector: Detector;
  readonly #clients: Clients;

  private constructor(name: string, server: MetadataServer, given: DetectorWorldOptions) {
    const { options = {}, env = {}, files = {}, failOnMissing = false, gates = [] } = given;
    this.server = server;
    this.world = heldWorld();
    this.root = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-detector-'));
    for (const [file, text] of Object.entries(files)) {
      fs.mkdirSync(path.dirname(this.root + file), { recursive: true });
      fs.writeFileSync(this.root + file, text);
    }
    const { clock, context } = this.world;
    this.#clients = new Clients({
      proxyUrl: '',
      http2: false,
      idleMs: 1000,
      keepAlive: true,
      mostConnections: 0,
      headers: [],
      tls: undefined,
      clock,
      buildInfo: context.buildInfo,
      reach: (origin) => (/localhost|127\.0\.0\.1|docker|consul/.test(origin) ? origin : `http://${server.address}`),
    });
    const kind = detectorKinds[keyOf(name)] as DetectorKind<unknown>;
    this.#detector = kind.create(kind.config.parse(options), {
      clients: this.#clients,
      env: Object.fromEntries(Object.entries(env).map(([key, value]) => [key, value.replace('$META', server.address)])),
      root: this.root,
      clock,
      random: context.random,
      logger: context.logger,
      gates: new Set(gates),
      failOnMissing,
    });
  }

  static async of(name: string, given: DetectorWorldOptions = {}): Promise<DetectorWorld> {
    return new DetectorWorld(name, await MetadataServer.start(given.routes ?? {}), given);
  }

  /** Its findings; the message of its failure as text. */
  async detect(signal: Cancellation = new Cancellation()): Promise<Detected | string> {
    try {
      return await this.#detector.detect(signal);
    } catch (error) {
      return (error as Error).message;
    }
  }

  /** The attributes that it finds, as an object; undefined where it finds nothing of its kind. */
  async attributes(): Promise<Readonly<Record<string, unknown>> | undefined> {
    const detected = await this.detect();
    if (typeof detected === 'string') throw new Error(detected);
    return detected.kind === 'found' ? Object.fromEntries(detected.attributes) : undefined;
  }

  async stop(): Promise<void> {
    await this.#clients.close();
    await this.server.stop();
    fs.rmSync(this.root, { recursive: true, force: true });
  }
}
