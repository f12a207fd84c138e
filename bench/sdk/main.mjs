// The OpenTelemetry SDK for JavaScript in place of src/telemetry, part by part: the figures of docs/decisions/0007.
// node --expose-gc --min-semi-space-size=256 --max-semi-space-size=256 bench/sdk/main.mjs [PART...], after npm run
// build
const parts = ['load', 'registry', 'text', 'tracing', 'samplers', 'detectors'];

const asked = process.argv.slice(2);
const unknown = asked.find((name) => !parts.includes(name));
if (unknown !== undefined) {
  console.error(`there is no part ${unknown}: use ${parts.join(', ')}`);
  process.exit(1);
}
for (const name of asked.length > 0 ? asked : parts) {
  console.log(`\n${name}`);
  await (await import(`./${name}.mjs`)).run();
}
