import { group } from '../../../component/schema/schema.js';
import { FoundAttributes, switches, type Switched } from '../detection/attributes.js';
import type { DetectorKind } from '../detection/detector.js';

const attributes = [
  'cloud.provider',
  'heroku.app.id',
  'heroku.dyno.id',
  'heroku.release.commit',
  'heroku.release.creation_timestamp',
  'service.instance.id',
  'service.name',
  'service.version',
] as const;

export type HerokuOptions = Switched<(typeof attributes)[number]>;

/** The environment of a dyno, where dyno metadata is switched on. Elsewhere it finds nothing, and names its schema. */
export const heroku: DetectorKind<HerokuOptions> = {
  config: group<HerokuOptions>({ resource_attributes: switches(attributes) }),
  create(options, { env, failOnMissing }) {
    return {
      detect: () => {
        const dyno = env['HEROKU_DYNO_ID'];
        const app = env['HEROKU_APP_ID'];
        if (failOnMissing && dyno === undefined && app === undefined)
          throw new Error('neither HEROKU_DYNO_ID nor HEROKU_APP_ID is set: this is no dyno with metadata');
        return Promise.resolve(
          new FoundAttributes(options)
            .set('cloud.provider', app === undefined ? undefined : 'heroku')
            .set('heroku.app.id', app)
            .set('service.instance.id', dyno)
            .set('service.name', env['HEROKU_APP_NAME'])
            .set('heroku.release.creation_timestamp', env['HEROKU_RELEASE_CREATED_AT'])
            .set('service.version', env['HEROKU_RELEASE_VERSION'])
            .set('heroku.release.commit', env['HEROKU_SLUG_COMMIT'])
            .found(),
        );
      },
    };
  },
};
