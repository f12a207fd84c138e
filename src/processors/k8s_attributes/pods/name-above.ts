import { apiText, type ApiJson } from '../../../kubernetes/json.js';
import type { PodOwner } from './pod.js';

/** The label that a Deployment gives its ReplicaSets and their pods; the name of the ReplicaSet ends with its value. */
const templateHash = 'pod-template-hash';
/** A job of a CronJob is named after it, with the minute that it was due behind: eight digits until 2160. */
const ofCronJob = /^(.+)-(\d{8})$/;
/** Between that minute and the creation of the pod. Digits that are further away are a date or the like. */
const mostMinutes = 24 * 60;

/** The name of what made the owner of a pod, a Deployment or a CronJob, as far as the pod shows it. */
export function nameAbove({ kind, name }: PodOwner, pod: ApiJson): string | undefined {
  switch (kind) {
    case 'ReplicaSet': {
      const hash = apiText(pod, 'metadata', 'labels', templateHash) ?? '';
      return hash !== '' && name.endsWith(`-${hash}`) ? name.slice(0, -hash.length - 1) : undefined;
    }
    case 'Job': {
      const [, cronJob, due] = ofCronJob.exec(name) ?? [];
      const created = Math.floor(Date.parse(apiText(pod, 'metadata', 'creationTimestamp') ?? '') / 60_000);
      return Math.abs(created - Number(due)) <= mostMinutes ? cronJob : undefined;
    }
    default:
      return undefined;
  }
}
