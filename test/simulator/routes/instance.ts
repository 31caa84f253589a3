import { ok, type Answer } from '../answers';
import type { Call } from '../routes';

/** Open to everybody: what answers here, and which version. */
export const applicationProperties = ({ context: { world } }: Call): Answer =>
  ok({ version: world.version, buildNumber: world.features.buildNumber, buildDate: '1616539597394', displayName: 'Bitbucket' });

export const status = (): Answer => ok({ state: 'RUNNING' });
