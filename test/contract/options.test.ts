import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Definition } from '../../src/component/define.js';
import { discoverComponents, findComponent, sections, type Section } from '../../src/config/components.js';
import { changed, trialsOf, type Trial } from '../support/option-walk.js';
import { started, validated, type Verdict } from '../support/verdicts.js';

const components = await discoverComponents();
const source = path.resolve(import.meta.dirname, '../../src');
const before = process.cwd();
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-options-'));
afterAll(() => {
  process.chdir(before);
  fs.rmSync(folder, { recursive: true, force: true });
});

/** A component may create its default folder, which would then be there for other tests on this machine. */
const defaultFolder = '/var/lib/otelcol';
const wasThere = fs.existsSync(defaultFolder);
afterAll(() => {
  if (!wasThere) fs.rmSync(defaultFolder, { recursive: true, force: true });
});

/** Each value is tried in an empty folder, so that no file of another one is there. */
function inEmptyFolder(): void {
  process.chdir(folder);
  for (const name of fs.readdirSync(folder)) fs.rmSync(path.join(folder, name), { recursive: true });
}

/** Options of examples beside their own: a start that reserves hundreds of megabytes takes long, and there are many. */
const small: Readonly<Record<string, object>> = {
  tail_sampling: {
    num_traces: 100,
    max_pending_bytes: 10_000_000,
    decision_cache: { sampled_cache_size: 100, non_sampled_cache_size: 100 },
  },
};

type Sections = Record<string, Record<string, unknown>>;
interface Example extends Record<Section, Sections> {
  readonly service: { extensions?: string[]; pipelines: Record<string, Record<'receivers' | 'exporters', string[]>> };
}

/** The example of a component, in which `nop` stands for all other receivers and exporters. */
function exampleOf(section: Section, definition: Definition): { readonly id: string; readonly example: Example } {
  const text = fs.readFileSync(path.join(source, section, definition.type, 'example.yaml'), 'utf8');
  const example = parse(
    text.replaceAll(/: \.\//g, `: ${folder}/`).replaceAll(/[\w.-]+\.example(?:\.com)?/g, 'localhost'),
  ) as Example;
  const isOurs = (of: Section, id: string): boolean =>
    of === section && findComponent<Definition>(components[of], id.split('/')[0] ?? '') === definition;
  const id = Object.keys(example[section]).find((each) => isOurs(section, each)) ?? '';
  if (definition.type in small)
    example[section][id] = { ...(example[section][id] as object), ...small[definition.type] };
  for (const end of ['receivers', 'exporters'] as const) {
    const stays = (each: string): boolean => isOurs(end, each) || each in (example.connectors ?? {});
    const named = (each: string): string => (stays(each) ? each : `nop/${each.replaceAll('/', '_')}`);
    example[end] = Object.fromEntries(
      Object.entries(example[end]).map(([each, options]) => [named(each), stays(each) ? options : {}]),
    );
    for (const pipeline of Object.values(example.service.pipelines)) pipeline[end] = pipeline[end].map(named);
  }
  return { id, example };
}

function sourceOf(section: Section, id: string, example: Example, options: unknown): string {
  const telemetry = {
    metrics: { level: 'none' },
    logs: { output_paths: ['/dev/null'], error_output_paths: ['/dev/null'] },
  };
  const service = { ...example.service, telemetry };
  return `yaml:${JSON.stringify({ ...example, [section]: { ...example[section], [id]: options }, service })}`;
}

const words = ({ path: at, how }: Trial): string => `${at.join('::')}: ${how}`;

function flaws(verdict: Exclude<Verdict, { kind: 'good' }>): string[] {
  if (verdict.kind === 'error') return [`no fault of the configuration: ${verdict.text}`];
  return verdict.faults.flatMap((fault) => {
    const hint = typeof fault.hint === 'function' ? fault.hint() : fault.hint;
    return [
      ...(fault.place === undefined ? [`no place: ${fault.message}`] : []),
      ...((hint ?? '') === '' ? [`no remedy: ${fault.path}: ${fault.message}`] : []),
    ];
  });
}

describe.each(sections)('%s', (section) => {
  test.each([...components[section].values()] as Definition[])(
    '$type: validate and start agree on every value of every option',
    async (definition) => {
      const { id, example } = exampleOf(section, definition);
      const disagreements: string[] = [];
      const tried = new Set<string>();
      const base = sourceOf(section, id, example, example[section][id]);
      expect(await validated(base, components)).toMatchObject({ kind: 'good' });
      for (const trial of trialsOf(definition.config)) {
        const text = sourceOf(section, id, example, changed(example[section][id], trial.path, trial.value) ?? null);
        if (tried.has(text)) continue;
        tried.add(text);
        inEmptyFolder();
        const verdict = await validated(text, components);
        if (verdict.kind === 'good') {
          const why = await started(verdict.config);
          if (why !== undefined) disagreements.push(`${words(trial)}: only the start says ${why}`);
        } else disagreements.push(...flaws(verdict).map((flaw) => `${words(trial)}: ${flaw}`));
      }
      expect(disagreements).toEqual([]);
    },
  );
});
