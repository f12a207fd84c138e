import fs from 'node:fs';
import path from 'node:path';
// txtar-like: "-- path --" file, "-- path -- nul" (\0 escapes, last newline dropped), "-- path/ --" folder, "-- path ->
// target --" link, "-- path -- absent" removes
export function parseTree(text) {
  const out = [];
  let cur = null;
  for (const line of text.split('\n')) {
    const m = /^-- (.+?)(?: -> (.+?))? --(?: (\w+))?$/.exec(line);
    if (m) {
      cur = { path: m[1], link: m[2], mode: m[3], lines: [] };
      out.push(cur);
    } else if (cur) cur.lines.push(line);
  }
  return out;
}
export function writeTree(text, dir) {
  for (const e of parseTree(text)) {
    const p = path.join(dir, e.path);
    if (e.mode === 'absent') {
      fs.rmSync(p, { recursive: true, force: true });
      continue;
    }
    if (e.path.endsWith('/')) {
      fs.mkdirSync(p, { recursive: true });
      continue;
    }
    fs.mkdirSync(path.dirname(p), { recursive: true });
    if (e.link) {
      fs.rmSync(p, { force: true });
      fs.symlinkSync(e.link, p);
      continue;
    }
    let body = e.lines.join('\n');
    if (e.mode === 'nul') body = body.replace(/\n+$/, '').replaceAll('\\0', '\0');
    else if (body && !body.endsWith('\n')) body += '\n';
    fs.writeFileSync(p + '.new', body);
    fs.renameSync(p + '.new', p);
  }
}
