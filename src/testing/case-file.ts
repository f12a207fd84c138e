import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Components } from '../config/components.js';
import { decodeConfig, pathText } from '../config/decode.js';
import { render, suggestion, type Fault } from '../config/fault.js';
import { loadConfig } from '../config/load.js';
import { locate, type ConfigNode } from '../config/node.js';
import { positionOf } from '../config/place.js';
import type { CheckedConfig } from '../config/checked.js';
import { parseYaml } from '../config/yaml/parse.js';
import type { Batch } from '../otlp/batch.js';
import { InvalidJson } from '../otlp/json/invalid.js';
import type { Signal } from '../otlp/signal.js';
import { batchOfJson, expectedPart, jsonOfBatch } from './canonical.js';
import { caseFileSchema, type Case, type ExpectedOutput, type CaseStep } from './case-schema.js';
import { OtlpValueError, otlpJson, signalOf, type Json } from './otlp-value.js';
import { processorsConfig } from './processors-config.js';

type NodePath = readonly (string | number)[];

/** A case file, or the configuration that it names, that cannot be used. The message has every fault with its place. */
export class CaseFileError extends Error {
  override readonly name = 'CaseFileError';
}

/** A test whose input and expectations are read. */
export interface ReadyCase {
  readonly name: string;
  /** `gateway.test.yaml:12:5`. */
  readonly place: string;
  readonly config: CheckedConfig;
  readonly pipeline: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly steps: readonly ReadyStep[];
}

export interface ReadyStep {
  readonly batch: Batch | undefined;
  readonly step: CaseStep;
  /** By pipeline. */
  readonly outputs: ReadonlyMap<string, ReadyOutput>;
}

/** The expected output of a pipeline; undefined where the test says nothing. */
export interface ReadyOutput {
  readonly whole: Json | undefined;
  readonly part: Json | undefined;
}

/** Reads a file with tests, and the configuration that it names. Rejects with a `CaseFileError`. */
export async function readCaseFile(file: string, components: Components): Promise<readonly ReadyCase[]> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new CaseFileError(`cannot read the tests: ${error.message}`);
  });
  const parsed = parseYaml({ name: file, text });
  if (!parsed.ok) throw faulty(parsed.faults);
  const decoded = decodeConfig(caseFileSchema, parsed.node, '');
  if (!decoded.ok) throw faulty(decoded.faults);
  const { config: uris, tests } = decoded.value;
  const folder = path.dirname(file);
  const config =
    uris.length === 0
      ? undefined
      : await loadConfig({ uris: uris.map((uri) => besides(folder, uri)), sets: [], gates: [] }, { components }).catch(
          (error: Error) => {
            throw new CaseFileError(error.message, { cause: error });
          },
        );
  const reader = new CaseReader(parsed.node, folder, config, components);
  const cases: ReadyCase[] = [];
  for (const [i, one] of tests.entries()) {
    const ready = await reader.read(one, i);
    if (ready) cases.push(ready);
  }
  if (reader.faults.length > 0) throw faulty(reader.faults);
  if (cases.length === 0) throw new CaseFileError(`${file}: there are no \`tests\``);
  return cases;
}

/** A path in a file stands next to that file. */
function besides(folder: string, uri: string): string {
  return /^[a-z]+:/.test(uri) ? uri : path.join(folder, uri);
}

function faulty(faults: readonly Fault[]): CaseFileError {
  const shown = faults.map((fault) => render({ ...fault, path: fault.path.replace(/^::/, '') }));
  return new CaseFileError(shown.join('\n\n'));
}

class CaseReader {
  readonly faults: Fault[] = [];
  readonly #root: ConfigNode;
  readonly #folder: string;
  readonly #config: CheckedConfig | undefined;
  readonly #components: Components;

  constructor(root: ConfigNode, folder: string, config: CheckedConfig | undefined, components: Components) {
    this.#root = root;
    this.#folder = folder;
    this.#config = config;
    this.#components = components;
  }

  async read(one: Case, i: number): Promise<ReadyCase | undefined> {
    const at: NodePath = ['tests', i];
    const inSteps = one.steps.length > 0;
    const pipeline = one.pipeline;
    const steps: ReadyStep[] = [];
    let signal: Signal | undefined = this.#signalOf(pipeline);
    for (const [n, step] of (inSteps ? one.steps : [one]).entries()) {
      const place = inSteps ? [...at, 'steps', n] : at;
      const batch = await this.#input(step, place);
      signal ??= batch?.signal;
      if (batch && signal !== undefined && batch.signal !== signal)
        this.#fault([...place, 'input'], `these are ${batch.signal}, but the pipeline is for ${signal}`);
      steps.push({ batch, step, outputs: new Map() });
    }
    if (pipeline === '') return this.#ofProcessors(one, at, signal, steps);
    const config = this.#config;
    if (config === undefined) {
      this.#fault([...at, 'pipeline'], 'a pipeline needs the `config` of this file');
      return undefined;
    }
    if (!config.service.pipelines.some(({ id }) => id === pipeline)) {
      const known = config.service.pipelines.map(({ id }) => id);
      this.#fault([...at, 'pipeline'], `there is no pipeline ${JSON.stringify(pipeline)}`, suggestion(pipeline, known));
      return undefined;
    }
    return this.#ready(one, at, { config, pipeline }, steps);
  }

  async #ofProcessors(
    one: Case,
    at: NodePath,
    signal: Signal | undefined,
    steps: readonly ReadyStep[],
  ): Promise<ReadyCase | undefined> {
    if (signal === undefined) {
      if (this.faults.length === 0) this.#fault(at, 'without a pipeline, an `input` must say which signal this is');
      return undefined;
    }
    const { node } = locate(this.#root, [...at, 'processors']);
    const config = await processorsConfig(node, signal, this.#components).catch((error: Error) => {
      throw new CaseFileError(error.message, { cause: error });
    });
    return this.#ready(one, at, { config, pipeline: signal }, steps);
  }

  #ready(
    one: Case,
    at: NodePath,
    parts: Pick<ReadyCase, 'config' | 'pipeline'>,
    steps: readonly ReadyStep[],
  ): ReadyCase {
    const named = locate(this.#root, [...at, 'name']).place;
    const { line, column } = positionOf(named);
    return {
      name: one.name,
      place: `${named.source.name}:${line}:${column}`,
      now: Date.parse(one.now),
      ...parts,
      steps: steps.map((ready, n) => {
        const place = [...at, ...(one.steps.length > 0 ? ['steps', n] : []), 'expect'];
        return { ...ready, outputs: this.#outputs(ready, place, parts) };
      }),
    };
  }

  #outputs(
    { step: { expect }, batch }: ReadyStep,
    at: NodePath,
    { config, pipeline }: Pick<ReadyCase, 'config' | 'pipeline'>,
  ): ReadonlyMap<string, ReadyOutput> {
    const outputs = new Map<string, ReadyOutput>();
    const input = batch && jsonOfBatch(batch);
    const add = (id: string, given: ExpectedOutput, path: NodePath): void => {
      const signal = config.service.pipelines.find((each) => each.id === id)?.signal;
      if (signal === undefined) {
        const known = config.service.pipelines.map((each) => each.id);
        this.#fault(path, `there is no pipeline ${JSON.stringify(id)}`, suggestion(id, known));
        return;
      }
      const whole = given.unchanged ? input : this.#expected(signal, given.output, [...path, 'output'], wholeOf);
      const part = this.#expected(signal, given.output_contains, [...path, 'output_contains'], expectedPart);
      outputs.set(id, { whole, part });
    };
    add(pipeline, expect, at);
    for (const [id, given] of Object.entries(expect.pipelines)) add(id, given, [...at, 'pipelines', id]);
    return outputs;
  }

  #expected(
    signal: Signal,
    given: unknown,
    at: NodePath,
    read: (signal: Signal, json: Json) => Json,
  ): Json | undefined {
    if (given === undefined) return undefined;
    return this.#otlp(at, () => read(signal, otlpJson(signal, typeof given === 'string' ? JSON.parse(given) : given)));
  }

  async #input({ input, input_file: file }: CaseStep, at: NodePath): Promise<Batch | undefined> {
    if (file !== '') {
      const place = [...at, 'input_file'];
      try {
        const bytes = await readFile(path.join(this.#folder, file));
        return this.#otlp(place, () => batchOfText(bytes));
      } catch (error) {
        this.#fault(place, (error as Error).message);
        return undefined;
      }
    }
    if (input === undefined) return undefined;
    return this.#otlp([...at, 'input'], () => {
      if (typeof input === 'string') return batchOfText(Buffer.from(input));
      const signal = required(signalOf(input));
      return batchOfJson(signal, JSON.stringify(otlpJson(signal, input)));
    });
  }

  /** The result of `read`, or undefined after a fault. */
  #otlp<T>(at: NodePath, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      const { message } = error as Error;
      if (error instanceof InvalidJson) this.#fault([...at, ...stepsOf(error.path)], message);
      else if (!(error instanceof OtlpValueError)) this.#fault(at, message);
      else {
        const key = error.path.at(-1);
        const hint = error.known && suggestion(String(key), error.known);
        this.#fault([...at, ...error.path], message, hint, error.known !== undefined);
      }
      return undefined;
    }
  }

  #signalOf(pipeline: string): Signal | undefined {
    return this.#config?.service.pipelines.find(({ id }) => id === pipeline)?.signal;
  }

  #fault(at: NodePath, message: string, hint?: string, ofKey = false): void {
    const found = locate(this.#root, at);
    this.faults.push({ path: pathText('', at), message, hint, place: ofKey ? found.keyPlace : found.place });
  }
}

/** `resourceSpans[0].resource` as steps. */
function stepsOf(path: string): NodePath {
  return path.split(/[.[\]]+/).flatMap((step) => (step === '' ? [] : [/^\d+$/.test(step) ? Number(step) : step]));
}

const wholeOf = (signal: Signal, json: Json): Json => jsonOfBatch(batchOfJson(signal, JSON.stringify(json)));

function batchOfText(bytes: Buffer): Batch {
  return batchOfJson(required(signalOf(JSON.parse(bytes.toString()))), bytes);
}

function required(signal: Signal | undefined): Signal {
  if (signal === undefined)
    throw new OtlpValueError(
      'this is no OTLP JSON: it begins with one of the keys resourceSpans, resourceMetrics, resourceLogs and ' +
        'resourceProfiles',
      [],
    );
  return signal;
}
