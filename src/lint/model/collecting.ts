import type { Traits } from '../traits.js';
import type { Component, DeploymentModel } from './deployment.js';
import { usesIn } from './flow.js';

/** The receivers of pipelines that collect something by themselves, each once. */
export function collecting(deployment: DeploymentModel, what: Traits['collects'] & {}): Component[] {
  const receivers = usesIn(deployment, 'receivers').map(({ component }) => component);
  return [...new Set(receivers)].filter(({ traits }) => traits.collects === what);
}
