import { replayTransforms } from '../support/transforms.mjs';

await replayTransforms(import.meta.dirname, 34000);
