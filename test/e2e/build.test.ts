import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-build-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

const write = (file: string, text: string): void => {
  fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
  fs.writeFileSync(path.join(folder, file), text);
};
const has = (file: string): boolean => fs.existsSync(path.join(folder, file));

/** Builds the small clone, and returns what the build says. */
function build(): string {
  const script = path.join(root, 'scripts/build.mjs');
  const program = `
    const { build } = await import(${JSON.stringify(script)});
    console.log(await build(${JSON.stringify(folder)}, (text) => console.log(text)));`;
  return execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
}

test(
  'only what changed is built, what is gone is removed, and a failure is not forgotten',
  { timeout: 600_000 },
  () => {
    for (const file of ['tsconfig.json', 'tsconfig.build.json'])
      fs.copyFileSync(path.join(root, file), path.join(folder, file));
    fs.symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
    write('package.json', '{"type": "module"}');
    write('wasm/small/index.ts', 'export function two(): i32 { return 2; }\n');
    write('src/a.ts', 'export const a: number = 1;\n');
    write('src/inner/b.ts', 'export const b: number = 2;\n');
    write('src/a.test.ts', 'not even TypeScript');

    expect(build()).toMatch(/^Building all of it \.\.\.\nBuilt in \d+\.\d s\.\ntrue\n$/);
    const made = ['dist/a.js', 'dist/a.d.ts', 'dist/inner/b.js', 'dist/wasm/small.wasm'];
    expect(made.filter((file) => !has(file))).toEqual([]);
    expect(build()).toBe('The build is up to date.\ntrue\n');

    // Another time of change, as after a checkout, is no change.
    fs.utimesSync(path.join(folder, 'src/a.ts'), new Date(), new Date());
    write('src/a.test.ts', 'nor is a test');
    expect(build()).toBe('The build is up to date.\ntrue\n');

    fs.rmSync(path.join(folder, 'src/inner/b.ts'));
    write('src/a.ts', 'export const a: number = 3;\n');
    expect(build()).toMatch(/^Building: src\/a\.ts, src\/inner\/b\.ts changed \.\.\.\n/);
    expect(fs.readFileSync(path.join(folder, 'dist/a.js'), 'utf8')).toContain('3');
    expect(has('dist/inner')).toBe(false);

    write('src/a.ts', "export const a: number = 'text';\n");
    expect(build()).toMatch(/error TS2322[^]*The build failed\.\nfalse\n$/);
    expect(build()).toMatch(/^Building: again after a failure \.\.\.\n[^]*error TS2322[^]*false\n$/);
    write('src/a.ts', 'export const a: number = 4;\n');
    expect(build()).toMatch(/true\n$/);

    // Changes by others to the result are mended.
    fs.rmSync(path.join(folder, 'dist/a.js'));
    expect(build()).toMatch(/^Building all of it/);
    expect(has('dist/a.js')).toBe(true);
  },
);
