import type { Config } from '../config/config';
import { leftOutText } from '../diagnosis/left-out';
import type { Plan } from './plan';
import { hanging } from './print';

/** A plan as lines for a person. @param width of the terminal; null: there is none */
export function planLines(plan: Plan, config: Config, width: number | null): string[] {
  const { requests, latency } = plan;
  const exact = plan.sampledRepositories === plan.repositories;
  const row = (label: string, value: string, aside = '') => {
    const cells = `  ${label.padEnd(26)}${value.padStart(14)}`;
    return aside === '' ? [cells] : hanging(`${cells}   `, aside, width);
  };
  const shorter = duration(plan.minutesWithoutDiffs);
  const without = shorter === duration(plan.minutes) ? '' : ` Without pull_request_diffs: ${shorter.toLowerCase()}.`;
  return [
    `Bitbucket ${plan.version ?? 'of unknown version'} at ${config.serverUrl}`,
    '',
    ...row('projects', number(plan.projects)),
    ...row('repositories', number(plan.repositories), leftOutText(plan.leftOut)),
    ...row('users', plan.users === null ? '-' : number(plan.users), plan.users === null ? 'the account may not list them' : ''),
    ...row(
      'pull requests',
      `about ${number(plan.pullRequests)}`,
      exact ? '' : `from ${number(plan.sampledRepositories)} repositories that were looked at`,
    ),
    '',
    'Requests of the first sync',
    ...Object.entries(requests).flatMap(([stream, count]) => row(stream, number(count))),
    ...row('in all', number(plan.totalRequests)),
    '',
    `${duration(plan.minutes)} with ${config.maxConcurrency} requests at a time${config.requestsPerSecond === null ? '' : ` and ${config.requestsPerSecond} a second at most`}.`,
    `Measured now: lists ${latency.list} ms, activities ${latency.activities} ms, diffs ${latency.diff} ms.${without}`,
    ...(plan.rateLimited === 0
      ? []
      : [
          `The server asked ${plan.rateLimited === 1 ? 'once' : `${plan.rateLimited} times`} to slow down: under its rate limit it will take longer. Which that is was not found out; at 5 requests a second, for example, it would be ${duration(plan.totalRequests / 5 / 60).toLowerCase()}.`,
        ]),
    `\`sync\` reads the streams up to pull_request_commits into a new file, with ${number(plan.requestsOfNewFile)} requests, those for each repository’s default branch included. Before that it looks at the server and counts, with about ${number(plan.requestsBeforehand)} more. All that is counted here comes with --streams all.`,
    'Later syncs ask once for each repository in which nothing happened. A sync that is interrupted goes on where it was.',
  ];
}

function number(value: number): string {
  return value.toLocaleString('en');
}

/** In words, no more precise than an estimate is. */
function duration(minutes: number): string {
  if (minutes < 1) return 'Less than a minute';
  if (minutes < 90) return `About ${Math.ceil(minutes)} minutes`;
  const hours = minutes / 60;
  return hours < 48 ? `About ${hours.toFixed(1)} hours` : `About ${(hours / 24).toFixed(1)} days`;
}
