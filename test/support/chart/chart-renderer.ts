import fs from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { isMap, isTrue, printed, templateFunctions, type TemplateMap } from './template-functions.js';
import { parseTemplate, type Expression, type Statement } from './template-parser.js';

/** The arguments of `helm template`. */
export interface Release {
  readonly name: string;
  readonly namespace: string;
  readonly values?: TemplateMap;
}

/**
 * Renders a Helm chart without Helm: the part of Go's templates, and of the functions that Helm adds, that our chart
 * uses. Where `helm` is installed a test compares the two.
 */
export class ChartRenderer {
  readonly #folder: string;
  readonly #values: TemplateMap;
  readonly #defined: Map<string, readonly Statement[]> = new Map();
  readonly #templates: ReadonlyMap<string, readonly Statement[]>;
  readonly #chart: TemplateMap;

  constructor(folder: string) {
    this.#folder = folder;
    this.#values = parse(fs.readFileSync(path.join(folder, 'values.yaml'), 'utf8')) as TemplateMap;
    this.#chart = parse(fs.readFileSync(path.join(folder, 'Chart.yaml'), 'utf8')) as TemplateMap;
    const names = fs.readdirSync(path.join(folder, 'templates')).toSorted();
    this.#templates = new Map(
      names.map((name) => {
        const text = fs.readFileSync(path.join(folder, 'templates', name), 'utf8');
        return [name, parseTemplate(text, this.#defined)];
      }),
    );
  }

  /** The chart's values with `given` over them; null takes a key away. */
  values(given: TemplateMap = {}): TemplateMap {
    return coalesce(structuredClone(this.#values), structuredClone(given));
  }

  /** All objects of the release, in the order of the files. Throws what the chart refuses. */
  objects(release: Release): TemplateMap[] {
    const texts = [...this.#templates.keys()].filter((name) => name.endsWith('.yaml'));
    return texts.flatMap((name) =>
      this.render(name, release)
        .split(/^---$/m)
        .map((document) => parse(document) as TemplateMap | null)
        .filter((object) => object !== null),
    );
  }

  /** One file of `templates` as text. */
  render(name: string, { name: release, namespace, values }: Release): string {
    const root: TemplateMap = {
      Values: this.values(values),
      Release: { Name: release, Namespace: namespace, Service: 'Helm' },
      Chart: Object.fromEntries(
        Object.entries(this.#chart).map(([key, value]) => [`${key.charAt(0).toUpperCase()}${key.slice(1)}`, value]),
      ),
    };
    return this.#run(this.#templates.get(name) ?? [], root, new Scope([['$', root]]));
  }

  #run(statements: readonly Statement[], dot: unknown, scope: Scope): string {
    let text = '';
    for (const statement of statements) text += this.#statement(statement, dot, scope);
    return text;
  }

  #statement(statement: Statement, dot: unknown, scope: Scope): string {
    if (statement.kind === 'text') return statement.text;
    const value = this.#value(statement.value, dot, scope);
    switch (statement.kind) {
      case 'print':
        return printed(value);
      case 'set':
        if (statement.declares) scope.declare(statement.name, value);
        else scope.assign(statement.name, value);
        return '';
      case 'if':
      case 'with': {
        const { kind, body, otherwise } = statement;
        const isSet = isTrue(value);
        return this.#run(isSet ? body : otherwise, isSet && kind === 'with' ? value : dot, new Scope([], scope));
      }
      case 'range': {
        const { names, body, otherwise } = statement;
        const entries: [unknown, unknown][] = Array.isArray(value)
          ? value.map((each, i) => [i, each])
          : Object.entries((value ?? {}) as TemplateMap).toSorted(([a], [b]) => (a < b ? -1 : 1));
        if (entries.length === 0) return this.#run(otherwise, dot, new Scope([], scope));
        return entries
          .map(([key, each]) => {
            const named: [string, unknown][] = names.map((name, i) => [name, i === names.length - 1 ? each : key]);
            return this.#run(body, each, new Scope(named, scope));
          })
          .join('');
      }
    }
  }

  #value(expression: Expression, dot: unknown, scope: Scope): unknown {
    switch (expression.kind) {
      case 'constant':
        return expression.value;
      case 'variable':
        return fieldsOf(expression.name === '' ? dot : scope.find(expression.name), expression.fields);
      case 'chain':
        return fieldsOf(this.#value(expression.of, dot, scope), expression.fields);
      case 'call':
        return this.#call(expression.name, expression.args, dot, scope);
    }
  }

  #call(name: string, args: readonly Expression[], dot: unknown, scope: Scope): unknown {
    // These two leave out what does not decide.
    if (name === 'and' || name === 'or') {
      let last: unknown;
      for (const arg of args) {
        last = this.#value(arg, dot, scope);
        if (isTrue(last) === (name === 'or')) return last;
      }
      return last;
    }
    const values = args.map((arg) => this.#value(arg, dot, scope));
    if (name === 'include') {
      const body = this.#defined.get(values[0] as string);
      if (!body) throw new Error(`no template ${JSON.stringify(values[0])}`);
      return this.#run(body, values[1], new Scope([['$', values[1]]]));
    }
    if (name === 'tpl')
      return this.#run(parseTemplate(values[0] as string, this.#defined), values[1], new Scope([['$', values[1]]]));
    if (name === 'Files.Get') return fs.readFileSync(path.join(this.#folder, values[0] as string), 'utf8');
    const called = templateFunctions[name];
    if (!called) throw new Error(`the function ${name} is not known`);
    return (called as (...all: readonly unknown[]) => unknown)(...values);
  }
}

class Scope {
  readonly #named: Map<string, unknown>;
  readonly #outer: Scope | undefined;

  constructor(named: readonly (readonly [string, unknown])[], outer?: Scope) {
    this.#named = new Map(named);
    this.#outer = outer;
  }

  declare(name: string, value: unknown): void {
    this.#named.set(name, value);
  }

  assign(name: string, value: unknown): void {
    if (this.#named.has(name)) this.#named.set(name, value);
    else if (this.#outer) this.#outer.assign(name, value);
    else throw new Error(`${name} is not declared`);
  }

  find(name: string): unknown {
    if (this.#named.has(name)) return this.#named.get(name);
    if (!this.#outer) throw new Error(`${name} is not declared`);
    return this.#outer.find(name);
  }
}

function fieldsOf(value: unknown, fields: readonly string[]): unknown {
  let here = value;
  for (const field of fields) {
    if (here === null || here === undefined) throw new Error(`nil pointer evaluating .${field}`);
    here = (here as TemplateMap)[field];
  }
  return here;
}

function coalesce(own: TemplateMap, given: TemplateMap): TemplateMap {
  for (const [key, value] of Object.entries(given)) {
    const there = own[key];
    if (value === null) delete own[key];
    else own[key] = isMap(value) && isMap(there) ? coalesce(there, value) : value;
  }
  return own;
}
