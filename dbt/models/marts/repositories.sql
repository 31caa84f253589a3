-- Repositories as they are called today; those that only pull requests name have no more than their id and names.
with listed as (
  select
    repository.server,
    repository.id as repository_id,
    repository.project_id,
    project.name as project_name,
    coalesce(project.key, repository.project_key) as project_key,
    repository.slug,
    repository.name,
    repository.full_name,
    repository.description,
    repository.default_branch,
    repository.origin_id,
    repository.origin_id is not null as is_fork,
    repository.archived as is_archived,
    repository.public as is_public,
    {{ first_link('repository.links') }} as url,
    repository.changed_at,
    true as is_listed
  from {{ ref('stg_repositories') }} as repository
  left join {{ ref('stg_projects') }} as project
    on project.server = repository.server and project.id = repository.project_id
),
unlisted as (
  select
    server,
    repository_id,
    max(project_key) as project_key,
    max(repository_slug) as slug,
    max(repository_full_name) as full_name
  from {{ ref('stg_pull_requests') }} as pull_request
  where not exists (
    select 1 from {{ ref('stg_repositories') }} as repository
    where repository.server = pull_request.server and repository.id = pull_request.repository_id
  )
  group by server, repository_id
)
select
  server,
  repository_id,
  project_id,
  project_key,
  project_name,
  slug,
  name,
  full_name,
  description,
  default_branch,
  origin_id,
  is_fork,
  is_archived,
  is_public,
  url,
  changed_at,
  is_listed
from listed
union all
select
  server,
  repository_id,
  null as project_id,
  project_key,
  null as project_name,
  slug,
  slug as name,
  full_name,
  null as description,
  null as default_branch,
  null as origin_id,
  null as is_fork,
  null as is_archived,
  null as is_public,
  null as url,
  null as changed_at,
  false as is_listed
from unlisted
