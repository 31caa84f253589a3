-- One row per deployment: what was deployed where and when, whether it failed, and when service was restored.
with brought as (
  select
    deployment.server,
    deployment.repository_id,
    deployment.deployed_at,
    count(*) as pull_request_count,
    count(*) filter (where {{ fits_pattern('pull_request.title', "'revert *'") }} or {{ fits_pattern('pull_request.source_branch', "'hotfix/*'") }}) as fix_count
  from {{ ref('int_pull_request_deployments') }} as deployment
  join {{ ref('stg_pull_requests') }} as pull_request
    on pull_request.server = deployment.server
    and pull_request.repository_id = deployment.repository_id
    and pull_request.id = deployment.pull_request_id
  group by deployment.server, deployment.repository_id, deployment.deployed_at
),
ordered as (
  select
    deployment.*,
    max(case when state = 'SUCCESSFUL' then deployed_at end) over (
      partition by server, repository_id, environment order by deployed_at, commit_id, build_key
      rows between unbounded preceding and 1 preceding
    ) as previous_deployed_at,
    min(case when state = 'SUCCESSFUL' then deployed_at end) over (
      partition by server, repository_id, environment order by deployed_at, commit_id, build_key
      rows between 1 following and unbounded following
    ) as next_deployed_at
  from {{ ref('int_deployments') }} as deployment
),
successes as (
  select server, repository_id, environment, deployed_at, max(committed_at) as committed_at
  from {{ ref('int_deployments') }}
  where state = 'SUCCESSFUL'
  group by server, repository_id, environment, deployed_at
),
judged as (
  select
    ordered.*,
    case when ordered.is_production and ordered.state = 'SUCCESSFUL' then coalesce(brought.pull_request_count, 0) else 0 end as pull_request_count,
    coalesce(ordered.state = 'SUCCESSFUL' and ordered.committed_at < previous.committed_at, false) as is_rollback,
    case
      when ordered.state = 'FAILED' then 'failed'
      when ordered.state = 'SUCCESSFUL' and following.committed_at < ordered.committed_at then 'rolled back'
      when ordered.state = 'SUCCESSFUL' and ordered.is_production and next_brought.fix_count > 0 then 'fixed'
    end as failure_reason
  from ordered
  left join successes as previous
    on previous.server = ordered.server
    and previous.repository_id = ordered.repository_id
    and previous.environment = ordered.environment
    and previous.deployed_at = ordered.previous_deployed_at
  left join successes as following
    on following.server = ordered.server
    and following.repository_id = ordered.repository_id
    and following.environment = ordered.environment
    and following.deployed_at = ordered.next_deployed_at
  left join brought
    on brought.server = ordered.server
    and brought.repository_id = ordered.repository_id
    and brought.deployed_at = ordered.deployed_at
  left join brought as next_brought
    on next_brought.server = ordered.server
    and next_brought.repository_id = ordered.repository_id
    and next_brought.deployed_at = ordered.next_deployed_at
)
select
  judged.server,
  judged.repository_id,
  judged.commit_id,
  judged.build_key,
  repository.project_key,
  repository.full_name as repository_full_name,
  judged.build_name,
  judged.url,
  judged.environment,
  judged.is_production,
  judged.state,
  judged.deployed_at,
  {{ local_day('judged.deployed_at', 'settings.time_zone') }} as deployed_on,
  judged.committed_at,
  {{ hours_between('judged.committed_at', 'judged.deployed_at') }} as commit_to_deploy_hours,
  judged.duration_ms,
  judged.previous_deployed_at,
  judged.pull_request_count,
  judged.is_rollback,
  judged.failure_reason is not null as is_failure,
  judged.failure_reason,
  case when judged.failure_reason is not null then judged.next_deployed_at end as restored_at,
  case when judged.failure_reason is not null then {{ hours_between('judged.deployed_at', 'judged.next_deployed_at') }} end as restore_hours
from judged
left join {{ ref('repositories') }} as repository
  on repository.server = judged.server and repository.repository_id = judged.repository_id
cross join {{ ref('bitbucket_settings') }} as settings
