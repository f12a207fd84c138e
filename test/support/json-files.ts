import fs from 'node:fs';

/** Attributes of a resource by their keys. */
export type Resource = Readonly<Record<string, string>>;

export interface ArrivedRecord {
  readonly body: string;
  readonly resource: Resource;
}

export interface ArrivedSpan {
  readonly file: string;
  readonly traceId: string;
  readonly resource: Resource;
}

type JsonAttributes = readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
type JsonResource<Scopes> = { readonly resource?: { readonly attributes?: JsonAttributes } } & Scopes;

interface JsonRequest {
  readonly resourceLogs?: readonly JsonResource<{
    readonly scopeLogs: readonly {
      readonly logRecords: readonly { readonly body?: { readonly stringValue?: string } }[];
    }[];
  }>[];
  readonly resourceSpans?: readonly JsonResource<{
    readonly scopeSpans: readonly { readonly spans: readonly { readonly traceId: string }[] }[];
  }>[];
}

const resourceOf = ({ resource }: JsonResource<object>): Resource =>
  Object.fromEntries((resource?.attributes ?? []).map(({ key, value }) => [key, String(Object.values(value)[0])]));

/** The content of files of OTLP/JSON lines, to which others append. */
export class JsonFiles {
  readonly #files: readonly { readonly name: string; at: number }[];
  readonly records: ArrivedRecord[] = [];
  readonly spans: ArrivedSpan[] = [];

  constructor(files: readonly string[]) {
    this.#files = files.map((name) => ({ name, at: 0 }));
  }

  /** Reads what has come since the last call. */
  read(): void {
    for (const file of this.#files) {
      if (!fs.existsSync(file.name)) continue;
      const text = fs.readFileSync(file.name).subarray(file.at);
      const end = text.lastIndexOf(10) + 1;
      file.at += end;
      for (const line of text.subarray(0, end).toString().split('\n'))
        if (line !== '') this.#take(file.name, JSON.parse(line) as JsonRequest);
    }
  }

  #take(file: string, { resourceLogs = [], resourceSpans = [] }: JsonRequest): void {
    for (const each of resourceLogs) {
      const resource = resourceOf(each);
      for (const { body } of each.scopeLogs.flatMap(({ logRecords }) => logRecords))
        this.records.push({ body: body?.stringValue ?? '', resource });
    }
    for (const each of resourceSpans) {
      const resource = resourceOf(each);
      for (const { traceId } of each.scopeSpans.flatMap(({ spans }) => spans))
        this.spans.push({ file, traceId, resource });
    }
  }

  /** How often each body of a log record has come. */
  times(): ReadonlyMap<string, number> {
    const times = new Map<string, number>();
    for (const { body } of this.records) times.set(body, (times.get(body) ?? 0) + 1);
    return times;
  }
}
