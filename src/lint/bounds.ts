// The most that a lint may cost beyond the loader's bounds for each source: rules look at pairs of the items below. The
// largest deployments that are known have a tenth of this.

/** Tiers that are looked at together. */
export const maxTiers = 100;
/** Pipelines of all tiers. */
export const maxPipelines = 500;
/** Components of all tiers. */
export const maxComponents = 2000;
/** Names in the lists of all pipelines. */
export const maxReferences = 5000;
/** Ways from an exporter to a receiver of another tier. */
export const maxEdges = 20_000;
/** Ways from a pipeline into another one, of all tiers. */
export const maxFeeds = 200_000;
/** Addresses of one exporter, and items of one text with commas. */
export const maxItems = 1000;
/** Objects in manifests of Kubernetes. */
export const maxObjects = 2000;
/** Configurations in manifests. */
export const maxEmbedded = 200;
/** Ignore comments of one file. */
export const maxIgnores = 1000;
/** Lines between an ignore comment and what it is about. */
export const maxIgnoredLines = 100;
/** Findings of one rule that are reported. */
export const maxFindingsOfRule = 200;
/** Findings that are shown with their lines; the others are counted. */
export const maxShownFindings = 500;

/** More than a lint looks at. */
export class LintTooLarge extends Error {
  override readonly name = 'LintTooLarge';

  constructor(most: number, what: string) {
    super(`there are more than ${most} ${what}: lint a part of them`);
  }
}
