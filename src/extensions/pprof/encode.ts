import type { Profiler, Runtime } from 'node:inspector';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Function as ProfiledFunction, Line, Location, Profile, Sample, StringTable, ValueType } from 'pprof-format';
import type { HeapNode, HeapProfile } from './profiler.js';

const zipped = promisify(gzip);

/** A V8 CPU profile as `go tool pprof` reads it: gzip of a protobuf. `unixMs` is the wall clock at its start. */
export function encodeCpu(profile: Profiler.Profile, unixMs: number): Promise<Buffer> {
  const tables = new Tables();
  const micros = (profile.endTime - profile.startTime) / Math.max(1, profile.samples?.length ?? 1);
  const parents = new Map<number, number>();
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  for (const node of profile.nodes) for (const child of node.children ?? []) parents.set(child, node.id);
  const samples: Sample[] = [];
  for (const node of profile.nodes) {
    const hits = node.hitCount ?? 0;
    if (hits === 0) continue;
    const stack: number[] = [];
    for (let at: number | undefined = node.id; at !== undefined; at = parents.get(at)) {
      const frame = nodes.get(at)?.callFrame;
      if (frame && frame.functionName !== '(root)') stack.push(tables.location(frame));
    }
    samples.push(new Sample({ locationId: stack, value: [hits, Math.round(hits * micros * 1000)] }));
  }
  return tables.encode({
    types: [
      ['samples', 'count'],
      ['cpu', 'nanoseconds'],
    ],
    samples,
    period: ['cpu', 'nanoseconds', Math.round(micros * 1000)],
    timeNanos: BigInt(Math.trunc(unixMs)) * 1_000_000n,
    durationNanos: Math.round((profile.endTime - profile.startTime) * 1000),
  });
}

/** A V8 sampling heap profile in the same form: live memory by allocating function. */
export function encodeHeap(profile: HeapProfile, intervalBytes: number, unixMs: number): Promise<Buffer> {
  const tables = new Tables();
  const samples: Sample[] = [];
  const counts = new Map<number, number>();
  for (const { nodeId, size } of profile.samples) {
    // Memory between two samples is estimated as V8's own tools do it: the smaller an object, the more it stands for.
    const scale = 1 / (1 - Math.exp(-size / intervalBytes));
    counts.set(nodeId, (counts.get(nodeId) ?? 0) + scale);
  }
  const walk = (node: HeapNode, above: readonly number[]): void => {
    const stack = node.callFrame.functionName === '(root)' ? above : [tables.location(node.callFrame), ...above];
    if (node.selfSize > 0)
      samples.push(
        new Sample({
          locationId: [...stack],
          value: [Math.round(counts.get(node.id) ?? 1), Math.round(node.selfSize)],
        }),
      );
    for (const child of node.children) walk(child, stack);
  };
  walk(profile.head, []);
  return tables.encode({
    types: [
      ['inuse_objects', 'count'],
      ['inuse_space', 'bytes'],
    ],
    samples,
    period: ['space', 'bytes', intervalBytes],
    timeNanos: BigInt(Math.trunc(unixMs)) * 1_000_000n,
    durationNanos: 0,
  });
}

interface Content {
  readonly types: readonly (readonly [type: string, unit: string])[];
  readonly samples: Sample[];
  readonly period: readonly [type: string, unit: string, value: number];
  readonly timeNanos: bigint;
  readonly durationNanos: number;
}

/** Strings, functions and locations, each once. */
class Tables {
  readonly #strings: StringTable = new StringTable();
  readonly #functions: Map<string, ProfiledFunction> = new Map();
  readonly #locations: Map<string, Location> = new Map();

  location(frame: Runtime.CallFrame): number {
    const key = `${frame.scriptId}:${frame.lineNumber}:${frame.columnNumber}:${frame.functionName}`;
    let location = this.#locations.get(key);
    if (!location) {
      const id = this.#locations.size + 1;
      location = new Location({
        id,
        line: [new Line({ functionId: this.#function(key, frame), line: frame.lineNumber + 1 })],
      });
      this.#locations.set(key, location);
    }
    return Number(location.id);
  }

  #function(key: string, frame: Runtime.CallFrame): number {
    const name = this.#strings.dedup(frame.functionName === '' ? '(anonymous)' : frame.functionName);
    const id = this.#functions.size + 1;
    const filename = this.#strings.dedup(frame.url.replace(/^file:\/\//, ''));
    this.#functions.set(
      key,
      new ProfiledFunction({ id, name, systemName: name, filename, startLine: frame.lineNumber + 1 }),
    );
    return id;
  }

  encode({ types, samples, period, timeNanos, durationNanos }: Content): Promise<Buffer> {
    const typed = ([type, unit]: readonly [string, string, ...unknown[]]): ValueType =>
      new ValueType({ type: this.#strings.dedup(type), unit: this.#strings.dedup(unit) });
    const profile = new Profile({
      sampleType: types.map(typed),
      sample: samples,
      location: [...this.#locations.values()],
      function: [...this.#functions.values()],
      periodType: typed(period),
      period: period[2],
      timeNanos,
      durationNanos,
      stringTable: this.#strings,
    });
    return zipped(profile.encode());
  }
}
