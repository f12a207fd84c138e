import { painter } from '../component/colour.js';
import { print } from './output.js';

const formats = ['text', 'tap', 'junit'] as const;
type Format = (typeof formats)[number];

function isFormat(text: string): text is Format {
  return (formats as readonly string[]).includes(text);
}

/** Runs the tests in `files`, prints how they ended, and returns the exit code: 0 when all passed, 1 when not. */
export async function runTests(files: readonly string[], { format }: { readonly format: string }): Promise<number> {
  if (!isFormat(format)) throw new Error(`unrecognized format: ${format}: formats are: ${formats.join(', ')}`);
  const [{ reports }, { testFiles }] = await Promise.all([
    import('../testing/report.js'),
    import('../testing/test-files.js'),
  ]);
  const results = await testFiles(files);
  await print(reports[format](results, painter(process.stdout)));
  return results.every((file) => file.results.every(({ failures }) => failures.length === 0)) ? 0 : 1;
}
