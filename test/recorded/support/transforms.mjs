// Replays cases of processors that transform data. Arguments: prefixes of ids. Environment: KANMON the command,
// STRICT=1 compares error texts too, BASE the first port, VERBOSE=1 prints more of each mismatch, LIMIT_MS the time for
// all.
import fs from 'node:fs';
import path from 'node:path';
import { CommandLines } from './command-lines.mjs';
import { runCases, single, canon, diff, patch, matches, sortKeys, readJsonl, splitCmd, tmpdir } from './pipelines.mjs';

/** Replays all cases in `here`, the folder of a topic, on ports from `firstPort` up, and ends the process. */
export async function replayTransforms(here, firstPort) {
  const CMD = process.env.KANMON;
  if (!CMD) {
    console.error('set KANMON to the command to test');
    process.exit(2);
  }
  const t0 = Date.now(),
    deadline = t0 + Number(process.env.LIMIT_MS ?? 600_000),
    strict = process.env.STRICT === '1',
    base = Number(process.env.BASE ?? firstPort),
    width = process.env.VERBOSE ? 2000 : 220;
  const fixtures = JSON.parse(fs.readFileSync(path.join(here, 'fixtures.json'), 'utf8'));
  const pre = process.argv.slice(2);
  const cases = fs
    .readdirSync(here)
    .filter((f) => f.endsWith('.jsonl'))
    .sort()
    .flatMap((f) => readJsonl(path.join(here, f)))
    .filter((c) => !pre.length || pre.some((p) => c.id.startsWith(p)));
  let pass = 0,
    fail = 0,
    skip = 0;
  const bad = (c, why) => {
    fail++;
    console.log(`FAIL ${c.id} ${why}`.slice(0, width + 40));
  };
  const PTR = (s) =>
    s
      .replace(
        /\[("(?:resource|scope|log|span|spanevent|metric|datapoint|exemplar|profile|profilesample)" ?)+\]/g,
        (m) => '[' + m.slice(1, -1).split(' ').sort().join(' ') + ']',
      )
      .replace(/\{0x[0-9a-f]{9,} 0x[0-9a-f]{9,}\}/g, '{0xPTR 0xPTR}')
      .replace(/one of: (?:"[a-z_]+"(?:, )?)+/g, (m) => 'one of: ' + m.slice(8).split(', ').sort().join(', '));
  const sortDP = (v) => {
    if (Array.isArray(v)) return v.map(sortDP);
    if (v && typeof v === 'object') {
      const o = {};
      for (const k of Object.keys(v).sort())
        o[k] =
          k === 'dataPoints'
            ? v[k].map(sortDP).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
            : sortDP(v[k]);
      return o;
    }
    return v;
  };
  const short = (x) => JSON.stringify(x).slice(0, width);
  // 1. configuration errors: `validate` must fail
  const dir = tmpdir();
  const todo = cases.filter((c) => c.configError);
  const lines = new CommandLines(splitCmd(CMD));
  for (const c of todo) {
    if (Date.now() > deadline) {
      bad(c, 'not run: out of time');
      continue;
    }
    const f = path.join(dir, `v${c.id}.yaml`);
    fs.writeFileSync(f, JSON.stringify(single({ ...c, type: c.processor })));
    const { code, stdout, stderr } = await lines.run(['validate', '--config', f]);
    const said = stdout + stderr;
    if (code === 0) bad(c, `accepted, but must be rejected: ${short(c.config)}`);
    else if (typeof code !== 'number') bad(c, 'validate did not end');
    else if (strict && !PTR(said).includes(c.configError.split('\n')[0]))
      bad(c, `other text: ${short(said)} expected ${short(c.configError)}`);
    else pass++;
  }
  lines.close();
  fs.rmSync(dir, { recursive: true, force: true });
  // 2. data cases
  const run = cases
    .filter((c) => !c.configError && !c.panic && c.nondeterministic !== 'output')
    .map((c) => ({ ...c, type: c.processor, fx: c.input, input: fixtures[c.input] }));
  skip = cases.filter((c) => c.panic || c.nondeterministic === 'output').length;
  const res = await runCases(CMD, run, { base, deadline });
  for (const c of run) {
    const r = res.get(c.id);
    if (!r || r.notRun) {
      bad(c, 'not run: out of time');
      continue;
    }
    if (r.configError) {
      bad(c, `config rejected: ${short(c.config)}: ${r.configError.trim().split('\n').at(-1).slice(0, 160)}`);
      continue;
    }
    if (c.status >= 400) {
      if (r.status < 400)
        bad(c, `must be refused (${c.status}: ${c.message.slice(0, 100)}) but status ${r.status}: ${short(c.config)}`);
      else if (r.outputs.length) bad(c, 'refused, yet data was forwarded');
      else if (strict && !c.nondeterministic && r.message !== undefined && PTR(r.message) !== c.message)
        bad(c, `other message ${short(r.message)} expected ${short(c.message)}`);
      else pass++;
      continue;
    }
    if (r.status < 200 || r.status >= 300) {
      bad(c, `status ${r.status} ${String(r.message).slice(0, 120)}: ${short(c.config)}`);
      continue;
    }
    if (c.output === null) {
      if (r.outputs.length) bad(c, `must be dropped entirely: ${short(c.config)} got ${short(r.outputs[0])}`);
      else pass++;
      continue;
    }
    if (r.outputs.length !== 1) {
      bad(c, `expected one output, got ${r.outputs.length}: ${short(c.config)}`);
      continue;
    }
    const exp = patch(canon(fixtures[c.fx]), c.diff),
      srt = c.unordered ? sortDP : sortKeys;
    if (matches(srt(exp), srt(r.outputs[0]))) pass++;
    else {
      bad(
        c,
        `${short(c.config)} expected diff ${short(c.diff)} got ${short(diff(canon(fixtures[c.fx]), r.outputs[0]))}`,
      );
    }
  }
  console.log(
    `${pass} passed, ${fail} failed` +
      (skip ? ` (${skip} skipped: upstream panics or is not deterministic)` : '') +
      ` in ${((Date.now() - t0) / 1000).toFixed(1)} s`,
  );
  process.exit(fail ? 1 : 0);
}
