-- One row per deployment: a build that counts as one, in one repository, though a fork that has the commit shows it, too.
with builds as (
  select
    build.*,
    commit_.committer_date as committed_at,
    row_number() over (
      partition by build.server, build.commit_id, build.key
      order by case when repository.origin_id is null then 0 else 1 end, build.repository_id
    ) as row_rank
  from {{ ref('stg_builds') }} as build
  left join {{ ref('stg_repositories') }} as repository
    on repository.server = build.server and repository.id = build.repository_id
  left join {{ ref('stg_commits') }} as commit_
    on commit_.server = build.server and commit_.repository_id = build.repository_id and commit_.id = build.commit_id
  where build.is_deployment
)
select
  builds.server,
  builds.repository_id,
  builds.commit_id,
  builds.key as build_key,
  builds.name as build_name,
  builds.url,
  builds.environment,
  {{ fits_pattern('builds.environment', 'settings.production') }} as is_production,
  builds.state,
  coalesce(builds.updated_date, builds.date_added, builds.changed_at) as deployed_at,
  builds.committed_at,
  builds.duration_ms
from builds
cross join {{ ref('bitbucket_settings') }} as settings
where builds.row_rank = 1
