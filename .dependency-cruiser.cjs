/** The import law of ARCHITECTURE.md. Each rule says why it is there. */
const kinds = '(receivers|processors|exporters|connectors|extensions)';
/** Every layer may keep an object of a class for V8: that module knows nothing of ours. */
const keptShape = '^src/runtime/memory/kept-shape';
const only = (name, from, allowed, comment) => ({
  name,
  severity: 'error',
  comment,
  from: { path: from, pathNot: '\\.test\\.ts$' },
  to: { path: '^src/', pathNot: [allowed, keptShape] },
});

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'A cycle of files means that neither can be understood alone.',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    only(
      'buffer-pool-is-the-floor',
      '^src/runtime/memory/buffer-pool',
      '^src/runtime/memory/buffer-pool',
      'Everything that holds bytes stands on it, so it knows nothing of ours.',
    ),
    only('kept-shape-is-the-floor', keptShape, keptShape, 'Every layer may use it, so it knows nothing of any.'),
    only(
      'otlp-is-the-ground',
      '^src/otlp/',
      '^src/(otlp/|runtime/memory/buffer-pool)',
      'The data must be usable by everything, so beside the memory of batches it knows nothing of ours.',
    ),
    {
      name: 'buffer-pool-has-few-owners',
      severity: 'error',
      comment:
        'Memory that is counted by hand is safe where each allocation has one owner: a Batch, or OwnedBytes, both ' +
        'of otlp/batch.ts. ' +
        'Only what receives bytes may go past these two.',
      from: { path: '^src/', pathNot: ['\\.test\\.ts$', '^src/(otlp/batch\\.ts$|intake/|net/http2/|runtime/memory/)'] },
      to: { path: '^src/runtime/memory/buffer-pool' },
    },
    {
      name: 'protobuf-is-walked-in-otlp',
      severity: 'error',
      comment:
        'Tags, varints and skipping are known in otlp alone: read through view, keys, parts and status, write with ' +
        'build. Beside these the wire has modules for all: checked bytes and their index, bytes with a view, and ' +
        'the elements and growth of typed arrays.',
      from: { path: '^src/', pathNot: '^src/otlp/' },
      to: {
        path: '^src/otlp/wire/',
        pathNot: '^src/otlp/wire/(at|invalid|item-index|numbers|validate|viewed-bytes)\\.ts$',
      },
    },
    only(
      'component-is-the-contract',
      '^src/component/',
      '^src/(component|otlp)/',
      'What every component implements must not depend on how any of it works.',
    ),
    only(
      'prometheus-below-components',
      '^src/prometheus/',
      '^src/(prometheus|otlp)/',
      'Names, types and pages of Prometheus are made of OTLP bytes alone, for exporters and for our own metrics.',
    ),
    only(
      'pattern-is-ground',
      '^src/pattern/',
      '^src/pattern/',
      'A regular expression of a user is text; it serves whatever reads a configuration.',
    ),
    only(
      'expr-below-components',
      '^src/expr/',
      '^src/(expr|pattern)/',
      'The language Expr works on plain values, whatever a component reads them from.',
    ),
    only(
      'strconv-is-ground',
      '^src/strconv/',
      '^src/strconv/',
      "Numbers as Go's strconv reads them are texts; they serve whatever converts values as the Collector does.",
    ),
    only(
      'formats-are-ground',
      '^src/formats/',
      '^src/(formats|strconv)/',
      'JSON, CSV, pairs, URLs and times as the Collector reads them are texts; they serve whatever parses them.',
    ),
    only(
      'ottl-below-components',
      '^src/ottl/',
      '^src/(ottl|otlp|pattern|strconv|formats)/',
      'The language works on OTLP bytes alone, for every component that takes statements or conditions.',
    ),
    only(
      'attributes-below-components',
      '^src/attributes/',
      '^src/(attributes|component|otlp|pattern|strconv)/',
      'Actions on attributes and conditions on items are the same for every component that has them in its options.',
    ),
    only(
      'statements-below-components',
      '^src/statements/',
      '^src/(statements|ottl|otlp|component)/',
      'The options with statements and conditions, and what becomes of their failures, are the same in every component.',
    ),
    only(
      'entries-below-components',
      '^src/entries/',
      '^src/(entries|component|expr|formats|otlp|pattern|strconv)/',
      'Log entries and their operators are the same for every receiver of logs that are text.',
    ),
    only(
      'lines-below-components',
      '^src/lines/',
      '^src/(lines|component|pattern)/',
      'Encodings and the ends of lines are the same for files, connections and packets.',
    ),
    only(
      'files-below-components',
      '^src/files/',
      '^src/(files|lines|entries|formats|intake|component|otlp|pattern)/',
      'Following files is the same whatever a receiver makes of their lines.',
    ),
    only(
      'sampling-below-components',
      '^src/sampling/',
      '^src/(sampling|otlp)/',
      'Traces that wait, thresholds and randomness are bytes and numbers, whichever component decides by them.',
    ),
    only(
      'aggregation-below-components',
      '^src/aggregation/',
      '^src/(aggregation|otlp|component)/',
      'Series, histograms and exemplars are bytes and numbers, whichever connector counts in them.',
    ),
    only(
      'intake-below-components',
      '^src/intake/',
      '^src/(intake|net|component|otlp|runtime/memory/buffer-pool)',
      'What every receiver does with a request, whatever its transport. It uses the transports (codecs, statuses, ' +
        'bodies), which know nothing ' +
        'of it: interfaces of net for each of these would have one implementation.',
    ),
    only(
      'inputs-below-components',
      '^src/inputs/',
      '^src/(inputs|entries|lines|intake|net|component|otlp)/',
      'Records of lines from sockets, and their way through operators into batches, are the same for several receivers.',
    ),
    only(
      'delivery-below-components',
      '^src/delivery/',
      '^src/(delivery|component|otlp)/',
      'Queue and retry stand before every exporter and may know none of them, nor any transport.',
    ),
    only(
      'net-below-components',
      '^src/net/',
      '^src/(net|component|otlp|runtime/memory)/',
      'Sockets serve components; they know neither queues nor pipelines. What they read into is memory policy.',
    ),
    only(
      'kubernetes-below-components',
      '^src/kubernetes/',
      '^src/(kubernetes|component|net)/',
      'Lists and watches of the API serve every component that reads it, through our own transport.',
    ),
    only(
      'metadata-below-components',
      '^src/metadata/',
      '^src/(metadata|component|net)/',
      'Documents of clouds are read for every component, through our own transport.',
    ),
    only(
      'aws-below-components',
      '^src/aws/',
      '^src/(aws|metadata|ottl|component|net)/',
      'Keys and signatures serve every component that asks AWS. Its older services answer in XML, which OTTL reads.',
    ),
    only(
      'telemetry-below-components',
      '^src/telemetry/',
      '^src/(telemetry|component|otlp|net|prometheus)/',
      'Our own telemetry is written through the contract and leaves through our own transport, and must work ' +
        'before any pipeline does.',
    ),
    only(
      'config-knows-no-component',
      '^src/config/',
      '^src/(config|component|otlp/signal|telemetry/config)',
      'Components are found by folder at run time, so that adding one touches nothing outside its folder.',
    ),
    only(
      'pipeline-knows-no-component',
      '^src/pipeline/',
      '^src/(pipeline|config|component|otlp|telemetry|delivery)/',
      'The graph runs whatever the configuration names.',
    ),
    only(
      'runtime-is-policy',
      '^src/runtime/',
      '^src/(runtime|component)/',
      'Memory, V8 settings and timers are decided once for the process, whatever runs in it.',
    ),
    only(
      'workers-know-no-component',
      '^src/workers/',
      '^src/(workers|runtime|pipeline|config|component|otlp|telemetry|delivery/(send|wait)|net/(read-shared|listening/handover))',
      'Several processes run any configuration as one program; of the transport they share how sockets are read ' +
        'and pass listening sockets from one configuration to the next, of delivery they share how to wait.',
    ),
    only(
      'testing-knows-no-component',
      '^src/testing/',
      '^src/(testing|pipeline|config|component|otlp|runtime|telemetry|ottl/(ottl-error|render-error))',
      'A test runs whatever a configuration names, by the same graph as the service; statements are known by their ' +
        'mistakes alone.',
    ),
    only(
      'lint-knows-configurations',
      '^src/lint/',
      '^src/(lint|config|component|otlp/signal)',
      'A lint looks at configurations alone, also of components that are not there: what it must know of a type stands ' +
        'in its table of traits.',
    ),
    {
      name: 'lint-rules-are-islands',
      severity: 'error',
      comment: 'A rule is a function of the model; what two rules need lives in the model.',
      from: { path: '^src/lint/rules/', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/lint/', pathNot: '^src/lint/(model|kubernetes)/|^src/lint/(rule|setting)\\.ts$' },
    },
    only(
      'cli-knows-no-component',
      '^src/cli/',
      '^src/(cli|lint|testing|workers|runtime|pipeline|config|component)/',
      'Commands work on any set of components.',
    ),
    {
      name: 'components-are-islands',
      severity: 'error',
      comment: 'What two components need lives in a layer below; a sibling is never imported.',
      from: { path: `^src/${kinds}/([^/]+)/`, pathNot: '\\.test\\.ts$' },
      to: { path: `^src/(${kinds}/|config/|pipeline/|workers/|cli/)`, pathNot: '^src/$1/$2/' },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      comment: 'A file that nobody reaches is dead.',
      from: {
        orphan: true,
        pathNot: ['\\.test\\.ts$', `^src/${kinds}/[^/]+/index\\.ts$`, '^src/cli/main\\.ts$'],
      },
      to: {},
    },
    {
      name: 'no-dev-dependencies',
      severity: 'error',
      comment: 'The published package installs only its dependencies.',
      from: { path: '^src/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['npm-dev'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.json'],
      conditionNames: ['import', 'node', 'default'],
      exportsFields: ['exports'],
    },
  },
};
