import { BitbucketError } from '../bitbucket/errors';
import type { Diagnosis } from './diagnosis';
import { failed, type Step, type StepName } from './step';

/** A step whose failure is a finding. */
export async function* guarded(
  name: StepName,
  diagnose: (error: BitbucketError) => Diagnosis,
  steps: () => AsyncGenerator<Step>,
): AsyncGenerator<Step> {
  try {
    yield* steps();
  } catch (error) {
    if (!(error instanceof BitbucketError)) throw error;
    yield failed(name, diagnose(error));
  }
}
