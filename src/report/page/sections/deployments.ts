import { chart, SERIES } from '../chart';
import { isoDay, monthName, monthOf, monthsBetween } from '../days';
import { at, type Facts } from '../facts';
import { conditions, daysCovered, type Filter, rowsIn } from '../filter';
import { column, type Section } from '../section';
import { grouped, hours, inHours, median, rounded } from '../statistics';
import { counted, duration, number, perWeek } from '../text';
import { leadTime, mergedOn, valuesOf } from '../pull-requests';

/** Deployments to production by month: how many, how many were failed changes, how long to restore. */
export function deployments(facts: Facts, filter: Filter): Section {
  const { repository, day, outcome, isFailure, restore } = facts.deployments;
  const found = rowsIn(facts, filter, repository, (row) => at(day, row));
  const rows = grouped(found, (row) => monthOf(at(day, row))).map(([month, group]) => {
    const failures = group.filter((row) => at(isFailure, row) === 1);
    const successes = group.filter((row) => at(outcome, row) === 0).length;
    return [month, successes, failures.length, hours(median(valuesOf(restore, failures)))] as const;
  });
  const leads = rowsIn(facts, filter, facts.pullRequests.repository, (row) => {
    const [merged, after] = [mergedOn(facts, row), at(facts.pullRequests.deployedAfter, row)];
    return merged === null || after < 0 ? null : merged + after;
  });
  const ended = found.filter((row) => at(outcome, row) < 2);
  const failed = ended.filter((row) => at(isFailure, row) === 1).length;
  const successes = ended.filter((row) => at(outcome, row) === 0).length;
  const lead =
    leads.length === 0
      ? 'of no change the lead time is known yet'
      : `lead time for changes ${duration(inHours(median(leads.map((row) => leadTime(facts, row)))))} (median)`;
  const months = monthsBetween(rows[0]?.[0] ?? 0, rows.at(-1)?.[0] ?? -1);
  const of = (month: number) => rows.find(([each]) => each === month);
  return {
    id: 'deployments',
    title: 'Deployments to production',
    answer:
      found.length === 0
        ? 'There are no deployments in this period. Builds are taken for deployments only where deployment_builds of the configuration says which, and the stream builds is synced.'
        : `${perWeek(successes, daysCovered(facts, filter), 'successful deployment', 'successful deployments')}; ${number(rounded((100 * failed) / Math.max(1, ended.length), 1))} % of ${counted(ended.length, 'deployment')} failed or were put right afterwards; ${lead}.`,
    note: 'Builds that are deployments by the configuration. Failed changes: it failed, it was rolled back, or a revert or hotfix followed.',
    columns: [
      column('month', 'Month', 'month'),
      column('successful', 'Successful'),
      column('failed_changes', 'Failed changes'),
      column('restore_hours', 'Median to restore, hours', 'hours'),
    ],
    rows: rows.map(([month, ...numbers]) => [isoDay(month), ...numbers]),
    chart:
      rows.length === 0
        ? null
        : chart(months.map(monthName), 'deployments', [
            { name: 'Successful', data: months.map((month) => of(month)?.[1] ?? 0), type: 'bar', colour: SERIES[1] },
            { name: 'Failed changes', data: months.map((month) => of(month)?.[2] ?? 0), type: 'bar', colour: SERIES[3] },
          ]),
    sql: `SELECT date_trunc('month', deployed_on)::DATE AS month,
  count(*) FILTER (state = 'SUCCESSFUL') AS successful, count(*) FILTER (is_failure) AS failed_changes,
  round(median(restore_hours), 1) AS restore_hours
FROM deployment_facts
${conditions(facts, filter, 'deployed_on', ['is_production'])}
GROUP BY 1 ORDER BY 1`,
  };
}
