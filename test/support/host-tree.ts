import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Clock } from '../../src/component/clock.js';
import type { Receiver } from '../../src/component/define.js';
import { gates, isOnByDefault } from '../../src/config/gates.js';
import { protoToJson } from '../../src/otlp/json/encode.js';
import { definition } from '../../src/receivers/host_metrics/index.js';
import { heldWorld, type HeldWorld } from './held-world.js';
import { hostWith } from './host.js';

/** Files by their path below the root of a host; null removes one, and a path that ends with `/` is a folder. */
export type HostFiles = Readonly<Record<string, string | null>>;

/** The root of a host that is not this one, in a temporary folder. */
export class HostTree {
  readonly root: string = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-host-'));

  constructor(files: HostFiles = {}) {
    this.write(files);
  }

  write(files: HostFiles): void {
    for (const [name, text] of Object.entries(files)) {
      const file = path.join(this.root, name);
      if (text === null) fs.rmSync(file, { recursive: true, force: true });
      else if (name.endsWith('/')) fs.mkdirSync(file, { recursive: true });
      else {
        fs.mkdirSync(path.dirname(file), { recursive: true });
        fs.writeFileSync(file, text);
      }
    }
  }

  remove(): void {
    fs.rmSync(this.root, { recursive: true, force: true });
  }
}

/** A program that sleeps, as /proc shows it. */
export function processFiles(
  pid: number,
  { name = 'app', state = 'S', start = 100 }: { name?: string; state?: string; start?: number } = {},
): Record<string, string> {
  const zeros = (count: number): string => Array<string>(count).fill('0').join(' ');
  return {
    [`proc/${pid}/stat`]:
      `${pid} (${name}) ${state} 1 ${pid} ${pid} 0 -1 4194560 10 0 3 0 150 250 ` +
      `${zeros(6)} ${start} ${zeros(19)} 25 0\n`,
    [`proc/${pid}/status`]:
      `Name:\t${name}\nState:\t${state} (x)\nPid:\t${pid}\nUid:\t0\t0\t0\t0\nThreads:\t2\nShdPnd:\t0000000000000010\n` +
      'voluntary_ctxt_switches:\t7\nnonvoluntary_ctxt_switches:\t8\n',
    [`proc/${pid}/statm`]: '2500 500 300 200 0 700 0\n',
    [`proc/${pid}/io`]: 'rchar: 11\nwchar: 12\nsyscr: 1\nsyscw: 2\n',
    [`proc/${pid}/cmdline`]: `/bin/${name}\0-x\0`,
  };
}

/** A host that has been up since 2023. */
export const quietHost: Readonly<Record<string, string>> = {
  'proc/stat': 'cpu  0 0 0 0\nbtime 1700000000\nprocesses 9\nprocs_running 1\nprocs_blocked 0\n',
  'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\n',
};

/** One point, as `name{attribute=value,...}` and its value. */
export type ShownPoint = readonly [series: string, value: number];

interface JsonPoint {
  readonly attributes?: readonly { readonly key: string; readonly value: Record<string, unknown> }[];
  readonly asInt?: string;
  readonly asDouble?: number;
}

interface JsonMetric {
  readonly name: string;
  readonly sum?: { readonly dataPoints: readonly JsonPoint[] };
  readonly gauge?: { readonly dataPoints: readonly JsonPoint[] };
}

interface JsonResource {
  readonly resource?: { readonly attributes?: JsonPoint['attributes'] };
  readonly scopeMetrics: readonly { readonly metrics: readonly JsonMetric[] }[];
}

const shown = (attributes: JsonPoint['attributes'] = []): string =>
  attributes.map(({ key, value }) => `${key}=${String(Object.values(value)[0])}`).join(',');

/** Milliseconds between two scrapes. */
const interval = 1000;

/** Runs the receiver with a held clock; each scrape is one request, or none without data. */
export class HostScrapes {
  readonly world: HeldWorld = heldWorld({ signal: 'metrics', id: 'host_metrics' });
  readonly requests: JsonResource[][] = [];
  #receiver: Receiver | undefined;
  /** Scrapes that have been planned: the next one is when the one before has ended. */
  #planned = 0;

  /** `options`: those of the receiver, which scrapes each second. */
  static async start(options: object): Promise<HostScrapes> {
    const scrapes = new HostScrapes();
    const { context, clock } = scrapes.world;
    const counting: Clock = {
      now: () => clock.now(),
      unixMs: () => clock.unixMs(),
      after: (ms, run) => {
        if (ms <= interval) scrapes.#planned++;
        return clock.after(ms, run);
      },
    };
    const config = definition.config.parse({ collection_interval: '1s', initial_delay: '1s', ...options });
    scrapes.#receiver = await definition.create(
      config,
      { ...context, clock: counting, gates: new Set(gates.filter(isOnByDefault).map(({ id }) => id)) },
      {
        consume: (batch) => {
          const text = Buffer.from(protoToJson(batch.signal, batch.bytes)).toString();
          scrapes.requests.push((JSON.parse(text) as { resourceMetrics: JsonResource[] }).resourceMetrics);
          return Promise.resolve();
        },
      },
    );
    await scrapes.#receiver.start?.(hostWith());
    return scrapes;
  }

  /** Scrapes once; the points of it by their series, `PID NAME{ATTRIBUTE=VALUE,...}`. */
  async next(): Promise<ReadonlyMap<string, number>> {
    const planned = this.#planned;
    const before = this.requests.length;
    await this.world.clock.pass(interval);
    // Folders and mounts are read by threads.
    while (this.#planned === planned) await new Promise((resolve) => setImmediate(resolve));
    const points = (this.requests[before] ?? []).flatMap(({ resource, scopeMetrics }) =>
      scopeMetrics.flatMap(({ metrics }) => metrics.flatMap((metric) => pointsOf(metric, resource?.attributes))),
    );
    return new Map(points);
  }

  /** Errors and warnings so far. */
  get complaints(): readonly string[] {
    return this.world.lines
      .filter(({ level }) => level === 'error' || level === 'warn')
      .map(({ message, fields }) => `${message}: ${fields?.['error'] instanceof Error ? fields['error'].message : ''}`);
  }

  async stop(): Promise<void> {
    await this.#receiver?.shutdown?.(new AbortController().signal);
  }
}

function pointsOf({ name, sum, gauge }: JsonMetric, resource: JsonPoint['attributes']): ShownPoint[] {
  const pid = resource?.find(({ key }) => key === 'process.pid')?.value['intValue'];
  const prefix = typeof pid === 'string' ? `${pid} ` : '';
  return (
    (sum ?? gauge)?.dataPoints.map((point): ShownPoint => {
      const attributes = shown(point.attributes);
      return [`${prefix}${name}${attributes === '' ? '' : `{${attributes}}`}`, Number(point.asInt ?? point.asDouble)];
    }) ?? []
  );
}
