import { Succession } from '../../src/component/succession.js';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import { systemClock } from '../../src/component/clock.js';
import type { Definition } from '../../src/component/define.js';
import type { LedgerRow } from '../../src/component/ledger.js';
import type { CheckedConfig, Configured } from '../../src/config/checked.js';
import { sections, type Section } from '../../src/config/components.js';
import { loadConfig } from '../../src/config/load.js';
import type { ReceiverEntry } from '../../src/intake/receiver-entry.js';
import type { Signal } from '../../src/otlp/signal.js';
import { Service } from '../../src/pipeline/service.js';
import { SharedByteBudget } from '../../src/runtime/memory/budget.js';
import { deadline } from '../../src/runtime/signals.js';
import { Books } from '../../src/telemetry/ledger.js';
import { silentMeter } from '../../src/telemetry/silent.js';
import { freePorts } from '../support/program.js';
import { Backend, Script, type Answers } from './backend.js';
import { Items, pooled, type TestSignal } from './items.js';
import { probeExporter, probeReceiver } from './probes.js';
import { endpointsOf, redirected } from './redirect.js';

const root: string = path.resolve(import.meta.dirname, '../../src');

/** The component folders of a kind. */
export function foldersOf(section: Section): string[] {
  const entries = fs.readdirSync(path.join(root, section), { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** Exporters that are asked for their items: they listen at their `endpoint`. */
const asked: ReadonlySet<string> = new Set(['prometheus']);

/** The receivers and exporters of an example that stay; probes replace the others. */
export interface Kept {
  /** True for the configuration of a receiver that stays; it listens on addresses of the test. */
  readonly receivers: (config: unknown) => boolean;
  /** True for the configuration of an exporter that stays; it sends to backends of the test. */
  readonly exporters: (config: unknown) => boolean;
}

export const all = (): boolean => true;
export const none = (): boolean => false;

/** The example of one component, running in this process with the real graph and the real ledger. */
export class Running {
  readonly items: Items = new Items();
  /** The addresses of the receivers. */
  readonly endpoints: string[] = [];
  /** The probe receivers, by signal. */
  readonly entries: Map<Signal, ReceiverEntry> = new Map();
  readonly #books: Books = new Books(silentMeter);
  readonly #folder: string = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-contract-'));
  readonly #backends: Backend[] = [];
  /** The pages of exporters that are asked for their items. */
  readonly #pages: string[] = [];
  #definitions: readonly Definition[] = [];
  #service: Service | undefined;

  /** Runs `src/<section>/<type>/example.yaml` between ends that reply by `answers`. */
  static async start(section: Section, type: string, kept: Kept, answers: Answers): Promise<Running> {
    const running = new Running();
    try {
      await running.#start(section, type, kept, answers);
    } catch (error) {
      await running.#clear();
      throw error;
    }
    return running;
  }

  get rows(): readonly LedgerRow[] {
    return this.#books.rows();
  }

  /** Sends one request of each signal through its probe receiver. Returns the number of items. */
  async feed(): Promise<number> {
    let sent = 0;
    for (const [signal, entry] of this.entries) {
      const request = this.items.request(signal as TestSignal);
      // `submit` releases an accepted batch, and its memory is overwritten unless a component owns it, too.
      await entry.submit(pooled(request));
      sent += request.items;
    }
    return sent;
  }

  /** Waits until no component holds items, shuts the service down, and reads the files that it wrote. */
  async end(): Promise<void> {
    try {
      await expect.poll(() => sum(this.rows, ({ held }) => held)).toBe(0);
      for (const page of this.#pages) this.items.arrivedAs(await (await fetch(page)).text());
      expect(await this.#service?.shutdown(deadline(5000))).toEqual([]);
      for (const file of fs.readdirSync(this.#folder)) {
        if (file !== 'log.txt') this.items.arrivedIn(fs.readFileSync(path.join(this.#folder, file), 'utf8'));
      }
    } finally {
      await this.#clear();
    }
  }

  /** Drop reasons in the ledger that the component under test does not list in its telemetry. */
  undeclaredDrops(type: string): string[] {
    const declared = new Set(Object.keys(this.#definitions.find((one) => one.type === type)?.telemetry.reasons ?? {}));
    const dropped = this.rows.flatMap((row) => (row.kind === 'component' ? Object.keys(row.dropped) : []));
    return dropped.filter((reason) => !declared.has(reason));
  }

  /** The signals that connectors turn into another one, with that one. */
  get conversions(): readonly (readonly [from: Signal, to: Signal])[] {
    return this.#definitions.flatMap((one) =>
      one.kind === 'connector' ? one.stability.filter(([from, to]) => from !== to).map(([from, to]) => [from, to]) : [],
    );
  }

  /** Whether a component says that it changes items. */
  get changesItems(): boolean {
    return this.#definitions.some((one) => one.kind === 'processor' && one.changesItems === true);
  }

  async #start(section: Section, type: string, kept: Kept, answers: Answers): Promise<void> {
    const log = path.join(this.#folder, 'log.txt');
    const sets = ['service.telemetry.metrics.level=none', `service.telemetry.logs.output_paths=[${log}]`];
    const config = await loadConfig({ uris: [path.join(root, section, type, 'example.yaml')], sets, gates: [] });
    this.#definitions = sections.flatMap((one) => [...config[one].values()].map(({ definition }) => definition));
    const ports = await freePorts(20);
    for (let n = 0; n < 3; n++) this.#backends.push(await Backend.start(this.items, new Script(answers)));
    this.#service = await Service.build(this.#substituted(config, kept, answers, ports), {
      books: this.#books,
      budget: new SharedByteBudget(1 << 28),
      succession: new Succession(),
      clock: systemClock,
      random: Math.random,
      buildInfo: { command: 'kanmon', description: '', version: '0' },
      memory: {},
    });
    await this.#service.start();
  }

  /** The configuration with its probes, redirected to this test. */
  #substituted(config: CheckedConfig, kept: Kept, answers: Answers, ports: number[]): CheckedConfig {
    let turn = 0;
    const places = {
      listen: () => `127.0.0.1:${ports.pop()}`,
      backend: () => `127.0.0.1:${this.#backends[turn++ % this.#backends.length]?.port}`,
      folder: this.#folder,
    };
    const receiver = configured(probeReceiver(this.entries));
    const exporter = configured(probeExporter(this.items, new Script(answers)));
    const changed = sections.map((section) => {
      const sideOf = (one: Definition): 'server' | 'client' =>
        section === 'receivers' || section === 'extensions' || asked.has(one.type) ? 'server' : 'client';
      const probe = section === 'receivers' ? receiver : exporter;
      const stays = section === 'receivers' || section === 'exporters' ? kept[section] : all;
      const entries = [...config[section].entries()].map(([id, one]): [string, Configured<Definition>] => [
        id,
        stays(one.config)
          ? { ...one, config: redirected(one.config, sideOf(one.definition), places) }
          : { ...probe, id },
      ]);
      return [section, new Map(entries)] as const;
    });
    const result = { ...config, ...Object.fromEntries(changed) } as CheckedConfig;
    for (const one of result.receivers.values()) this.endpoints.push(...endpointsOf(one.config));
    for (const one of result.exporters.values())
      if (asked.has(one.definition.type))
        this.#pages.push(...endpointsOf(one.config).map((endpoint) => `http://${endpoint}/metrics`));
    // A probe receiver feeds every pipeline, also behind receivers that do not listen.
    const receivers = new Map(result.receivers).set('probe', receiver as Configured<never>);
    const pipelines = config.service.pipelines.map((pipeline) =>
      pipeline.receivers.some((id) => config.receivers.has(id))
        ? { ...pipeline, receivers: [...pipeline.receivers, 'probe'] }
        : pipeline,
    );
    return { ...result, receivers, service: { ...config.service, pipelines } };
  }

  async #clear(): Promise<void> {
    await Promise.all(this.#backends.map((backend) => backend.close()));
    fs.rmSync(this.#folder, { recursive: true, force: true });
  }
}

function configured(definition: Definition): Configured<Definition> {
  return {
    id: definition.type,
    definition,
    config: {},
    fault: (_path, message) => ({ path: '', message }),
    shown: (text) => text,
  };
}

type ComponentRow = Extract<LedgerRow, { kind: 'component' }>;

/** The sum of one column of the ledger over all components. */
export function sum(
  rows: readonly LedgerRow[],
  amount: (row: ComponentRow) => number | Readonly<Record<string, number>>,
): number {
  let total = 0;
  for (const row of rows) {
    if (row.kind !== 'component') continue;
    const value = amount(row);
    total += typeof value === 'number' ? value : Object.values(value).reduce((all, one) => all + one, 0);
  }
  return total;
}

/** Totals of the ledger; created items reduce `dropped`. */
export interface Totals {
  readonly accepted: number;
  readonly refused: number;
  readonly dropped: number;
}

/**
 * Checks the end of every run: rows that balance, nothing held, no item twice, no unknown item unless some were
 * created, and no changed one unless a component says that it changes them.
 */
export function checkLedger({ rows, items, changesItems }: Running): Totals {
  let accepted = 0;
  let refused = 0;
  for (const row of rows) {
    if (row.kind === 'component') expect([row.id, row.balanced, row.held]).toEqual([row.id, true, expect.anything()]);
    else {
      accepted += row.accepted;
      refused += Object.values(row.refused).reduce((all, one) => all + one, 0);
    }
  }
  const dropped = sum(rows, (row) => row.dropped);
  const created = sum(rows, (row) => row.created);
  expect(sum(rows, ({ held }) => held)).toBe(0);
  expect(items.repeated).toEqual([]);
  if (created === 0) expect(items.unknown).toBe(0);
  if (!changesItems) expect(items.changed).toBe(0);
  return { accepted, refused, dropped: dropped - created };
}
