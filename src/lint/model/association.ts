import type { Component } from './deployment.js';

/** The component looks the sender up by the address of its connection, unless the data says better. */
export function associatesByConnection({ traits, config }: Component): boolean {
  if (traits.looksUpSender !== true) return false;
  const associations = config.at('pod_association');
  if (!associations.isSet) return true;
  return associations.items().some((association) =>
    association
      .at('sources')
      .items()
      .some((source) => source.at('from').textOr('') === 'connection'),
  );
}
