import { replayPhases } from '../support/phases.mjs';

await replayPhases(import.meta.dirname, 32000);
