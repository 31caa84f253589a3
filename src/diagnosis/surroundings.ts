import { locateBitbucket } from '../bitbucket/api/locate';
import type { Config } from '../config/config';
import { type Environment, proxiesOf, transport, within } from '../connection/connect';
import type { CheckSurroundings } from './check';

/** Looking for a better address, in milliseconds. */
const LOCATE_LIMIT_MS = 4000;

/** What of the network a check may look at. */
export function surroundingsOf(config: Config, environment: Environment): CheckSurroundings {
  const url = new URL(config.serverUrl);
  return {
    proxy: () => proxiesOf(environment)(url),
    locate: () =>
      locateBitbucket(
        transport(config, environment, LOCATE_LIMIT_MS),
        config.serverUrl,
        within(LOCATE_LIMIT_MS, environment.signal),
      ),
  };
}
