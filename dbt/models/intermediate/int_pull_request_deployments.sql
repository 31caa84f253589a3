-- When each merged pull request was first in production: the earliest successful deployment of a commit that is not older than its merge.
-- Before the earliest one that is known there may have been others: it tells of the very commit that it deployed, and of nothing else.
with moments as (
  select
    pull_request.server,
    pull_request.repository_id,
    pull_request.id as pull_request_id,
    pull_request.merge_commit as commit_id,
    coalesce(merge_commit.committer_date, pull_request.closed_date) as committed_at,
    cast(null as timestamptz) as deployed_at
  from {{ ref('stg_pull_requests') }} as pull_request
  left join {{ ref('stg_repositories') }} as repository
    on repository.server = pull_request.server and repository.id = pull_request.repository_id
  left join {{ ref('stg_commits') }} as merge_commit
    on merge_commit.server = pull_request.server
    and merge_commit.repository_id = pull_request.repository_id
    and merge_commit.id = pull_request.merge_commit
  where pull_request.state = 'MERGED'
    and coalesce(pull_request.target_branch = repository.default_branch, true)
  union all
  select
    server,
    repository_id,
    cast(null as bigint) as pull_request_id,
    commit_id,
    coalesce(committed_at, deployed_at) as committed_at,
    deployed_at
  from {{ ref('int_deployments') }}
  where is_production and state = 'SUCCESSFUL'
),
reached as (
  select
    server,
    repository_id,
    pull_request_id,
    commit_id,
    min(deployed_at) over (partition by server, repository_id) as first_deployed_at,
    min(deployed_at) over (
      partition by server, repository_id
      order by committed_at, pull_request_id nulls last
      rows between current row and unbounded following
    ) as deployed_at
  from moments
)
select reached.server, reached.repository_id, reached.pull_request_id, reached.deployed_at
from reached
where reached.pull_request_id is not null
  and reached.deployed_at is not null
  and (
    reached.deployed_at > reached.first_deployed_at
    or exists (
      select 1
      from moments as first_one
      where first_one.server = reached.server
        and first_one.repository_id = reached.repository_id
        and first_one.deployed_at = reached.first_deployed_at
        and first_one.commit_id = reached.commit_id
    )
  )
