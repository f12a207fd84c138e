// Replays the Prometheus cases: KANMON="node dist/cli/main.js" node THISFILE [id-prefix...] STRICT=1 also checks the
// texts of configuration errors; BASE=first port (default 34400); VERBOSE=1 prints more of each mismatch.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommandLines } from '../support/command-lines.mjs';
import { readJsonl, splitCmd, tmpdir, matches, sortKeys } from '../support/pipelines.mjs';
import { runScrape, runRemoteWrite, exSort } from './decode.mjs';
const here = path.dirname(fileURLToPath(import.meta.url)),
  CMD = process.env.KANMON;
if (!CMD) {
  console.error('set KANMON to the command to test');
  process.exit(2);
}
const t0 = Date.now(),
  deadline = t0 + Number(process.env.LIMIT_MS ?? 600_000),
  base = Number(process.env.BASE ?? 34400),
  strict = process.env.STRICT === '1',
  width = process.env.VERBOSE ? 3000 : 260,
  pre = process.argv.slice(2);
const inputs = JSON.parse(fs.readFileSync(path.join(here, 'inputs.json'), 'utf8'));
const load = (f) => readJsonl(path.join(here, f)).filter((c) => !pre.length || pre.some((p) => c.id.startsWith(p)));
let pass = 0,
  fail = 0,
  skip = 0;
const bad = (c, why) => {
  fail++;
  console.log(`FAIL ${c.id} ${c.input ?? ''} ${why}`.slice(0, width + 60));
};
const short = (x) => JSON.stringify(x).slice(0, width);
// configuration
const dir = tmpdir();
const cfg = load('config.jsonl');
const commands = new CommandLines(splitCmd(CMD));
for (const c of cfg) {
  const f = path.join(dir, 'c.yaml');
  fs.writeFileSync(
    f,
    JSON.stringify({
      receivers: { otlp: { protocols: { http: {} } } },
      exporters: { [c.exporter]: c.config },
      service: {
        telemetry: { metrics: { level: 'none' } },
        pipelines: { metrics: { receivers: ['otlp'], exporters: [c.exporter] } },
      },
    }),
  );
  const { code, stdout, stderr } = await commands.run(['validate', '--config', f]);
  const said = stdout + stderr;
  if ((code === 0) !== c.valid) bad(c, `${c.valid ? 'must be accepted' : 'must be rejected'}: ${short(c.config)}`);
  else if (strict && !c.valid && !said.includes(c.configError.split('\n')[0])) bad(c, `other text ${short(said)}`);
  else pass++;
}
commands.close();
fs.rmSync(dir, { recursive: true, force: true });
// scrape
const sortLines = (l) =>
  l
    .map(exSort)
    .filter((x) => x !== '# EOF')
    .sort();
const ctype = (s) =>
  (s ?? '')
    .split(';')
    .map((x) => x.trim())
    .filter((x) => !x.startsWith('charset'))
    .join(';');
const ok = (c, r) => r.lines && JSON.stringify(sortLines(r.lines)) === JSON.stringify(sortLines(c.lines));
const sc = load('scrape.jsonl').map((c) => ({ ...c, pushes: inputs[c.input] }));
const runS = sc.filter((c) => !c.nondeterministic);
skip += sc.length - runS.length;
const rs = await runScrape(
  CMD,
  runS.map((c) => ({ ...c })),
  { base, deadline, expect: ok },
);
for (const c of runS) {
  const r = rs.get(c.id);
  if (!r || r.notRun) {
    bad(c, 'not run: out of time');
    continue;
  }
  if (r.configError) {
    if (c.configError) pass++;
    else bad(c, `config rejected ${short(c.config)}: ${r.configError.trim().split('\n').at(-1).slice(0, 150)}`);
    continue;
  }
  if (c.configError) {
    bad(c, 'must be rejected');
    continue;
  }
  if (r.error) {
    bad(c, r.error);
    continue;
  }
  if (!ok(c, r)) {
    const a = sortLines(c.lines),
      b = sortLines(r.lines ?? []);
    const miss = a.filter((x) => !b.includes(x)),
      more = b.filter((x) => !a.includes(x));
    bad(c, `${short(c.config)} missing ${short(miss)} unexpected ${short(more)}`);
  } else if (ctype(r.contentType) !== ctype(c.contentType))
    bad(c, `content type ${r.contentType} expected ${c.contentType}`);
  else pass++;
}
// remote write
const want = (c) => (c.summary ? c.summary.requestCount : (c.requests?.length ?? 0));
const ws = load('remote_write.jsonl').map((c) => ({ ...c, pushes: inputs[c.input] }));
const runW = ws.filter((c) => !c.nondeterministic);
skip += ws.length - runW.length;
const rr = await runRemoteWrite(
  CMD,
  runW.map((c) => ({ ...c })),
  { base: base + 300, deadline, want },
);
const union = (rq, k) =>
  rq
    .flatMap((r) => r.body?.[k] ?? [])
    .map((t) => JSON.stringify(sortKeys(t)))
    .sort()
    .map((t) => JSON.parse(t));
const hdr = (h) => {
  const o = { ...h };
  if (o['user-agent']?.startsWith('$PRODUCT')) o['user-agent'] = { $re: '^\\S+/\\S+' };
  return o;
};
for (const c of runW) {
  const r = rr.get(c.id);
  if (r.notRun) {
    bad(c, 'not run: out of time');
    continue;
  }
  if (r.configError) {
    if (c.configError) pass++;
    else bad(c, `config rejected ${short(c.config)}: ${r.configError.trim().split('\n').at(-1).slice(0, 150)}`);
    continue;
  }
  if (c.configError) {
    bad(c, 'must be rejected');
    continue;
  }
  if (c.summary) {
    const n = new Set(union(r.requests, 'timeseries').map((t) => JSON.stringify(t.labels))).size,
      max = Math.max(0, ...r.requests.map((x) => x.bytes ?? 0));
    const lim = c.config.max_batch_size_bytes || 3000000;
    if (n !== c.summary.seriesCount || max > lim * 1.05 || Math.abs(r.requests.length - c.summary.requestCount) > 2)
      bad(
        c,
        `series ${n}/${c.summary.seriesCount}, requests ${r.requests.length}/${c.summary.requestCount}, largest ${max}`,
      );
    else pass++;
    continue;
  }
  if (JSON.stringify(r.push) !== JSON.stringify(c.push)) {
    bad(c, `push status ${r.push} expected ${c.push}`);
    continue;
  }
  if (r.requests.length !== c.requests.length) {
    bad(
      c,
      `${r.requests.length} requests, expected ${c.requests.length} ` +
        `(${c.requests.map((x) => x.response)}) ${short(c.config)}`,
    );
    continue;
  }
  if (JSON.stringify(r.requests.map((x) => x.response)) !== JSON.stringify(c.requests.map((x) => x.response))) {
    bad(c, `responses used ${r.requests.map((x) => x.response)}`);
    continue;
  }
  if (c.requests.some((x, i) => !matches(hdr(x.headers), r.requests[i].headers))) {
    bad(c, `headers ${short(r.requests.map((x) => x.headers))} expected ${short(c.requests.map((x) => x.headers))}`);
    continue;
  }
  const e = union(c.requests, 'timeseries'),
    g = union(r.requests, 'timeseries');
  if (!matches(e, g)) {
    const es = e.map((x) => JSON.stringify(x)),
      gs = g.map((x) => JSON.stringify(x));
    bad(
      c,
      `${short(c.config)} missing ${es
        .filter((x) => !gs.includes(x))
        .join(' ')
        .slice(0, width)} unexpected ${gs
        .filter((x) => !es.includes(x))
        .join(' ')
        .slice(0, width)}`,
    );
    continue;
  }
  if (!matches(union(c.requests, 'metadata'), union(r.requests, 'metadata'))) {
    bad(c, `metadata ${short(union(r.requests, 'metadata'))} expected ${short(union(c.requests, 'metadata'))}`);
    continue;
  }
  pass++;
}
console.log(
  `${pass} passed, ${fail} failed` +
    (skip ? ` (${skip} skipped: not deterministic)` : '') +
    ` in ${((Date.now() - t0) / 1000).toFixed(1)} s`,
);
process.exit(fail ? 1 : 0);
