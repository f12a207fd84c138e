// The most that one configuration may cost. A stranger who can write it, or one of its sources, must not be able
// to stop a gateway that runs; the largest that are known have a tenth of this.

/** The text of one source, bytes: four times what a Kubernetes ConfigMap may hold. */
export const maxSourceBytes: number = 4 * 2 ** 20;
/** The text of all sources and of everything that `${}` stands for, bytes. */
export const maxTotalBytes: number = 4 * maxSourceBytes;
/** Lexical pieces of one source's YAML, of which a line has eight. The parser keeps about 1 kB for each. */
export const maxLexemes = 500_000;
/** Maps, lists and scalars, with everything that aliases, merge keys, `a::b` and `${}` multiply them into. */
export const maxValues = 100_000;
/** How deep maps and lists may stand in one another. */
export const maxDepth = 200;
/** Entries that merge keys (`<<`) look at, repeated ones too. */
export const maxMerged = 1_000_000;
/** How often the text of one value is expanded, as the Collector bounds it. */
export const maxRounds = 1000;
/** All `${}` of one configuration together, so that variables that double each other come to an end. */
export const maxExpansions = 100_000;
/** The text of one value after its expansion, UTF-16 units. */
export const maxExpandedText: number = 2 ** 20;
/** The text that all expansions together go through, UTF-16 units: a quarter of a second. */
export const maxExpansionWork: number = 2 ** 28;
/** How long all `http:` and `https:` sources together may take, milliseconds. */
export const maxRetrievalMs = 30_000;

/** How long a load while the gateway serves may take, milliseconds: all sources, and as long again for the checks. */
export const maxLoadMs: number = 2 * maxRetrievalMs;
/** The heap of the thread that it takes place in, MiB. */
export const maxLoadHeapMib = 512;

/** Faults of a configuration that are shown; the others are counted. */
export const maxShownFaults = 50;
/** The parts of a message that users write, UTF-16 units. */
export const maxShownText = 1000;
/** A longer line of a source is not shown, UTF-16 units. */
export const maxShownLine = 500;
/** Longer names have no suggestion, UTF-16 units, and this many others are compared with one. */
export const maxSuggestedName = 100;
export const maxCompared = 1000;
