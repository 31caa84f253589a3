import { wildcard } from './wildcard';

/** One entry of `branches`: the name of a branch in which `*` stands for any characters; upper and lower case differ. */
export interface BranchPattern {
  readonly text: string;
  readonly matches: RegExp;
}

/** One entry of `deployment_builds`: builds whose key or name matches are deployments to the environment. */
export interface DeploymentPattern {
  readonly text: string;
  readonly matches: RegExp;
  readonly environment: string;
}

/** Reads an entry of `branches`; `refs/heads/` before the name is forgiven. */
export function parseBranchPattern(text: string): BranchPattern {
  const name = text.trim().replace(/^refs\/heads\/(?=.)/, '');
  return { text: name, matches: wildcard(name) };
}

/** @throws Error whose message continues "deployment_builds[0] …" */
export function parseDeploymentPattern(raw: unknown): DeploymentPattern {
  const { pattern, environment } = raw as { pattern: string; environment: string };
  for (const [name, value] of Object.entries({ pattern, environment })) {
    if (value.trim() === '')
      throw new Error(`has a blank ${name}: write {"pattern": "deploy-production*", "environment": "production"}.`);
  }
  return { text: pattern.trim(), matches: wildcard(pattern.trim(), 'i'), environment: environment.trim() };
}
