-- From the base model, not from staging: DX keeps commits that left a pull request, and says so in `deleted`.
select
  commit_.server as connection_id,
  {{ dx_id('commit_.server', 'commit_.repository_id', 'commit_.pull_request_id', 'commit_.id') }} as id,
  commit_.id as sha,
  {{ dx_id('commit_.server', 'commit_.author_id') }} as author_id,
  {{ dx_id('commit_.server', 'commit_.repository_id', 'commit_.pull_request_id') }} as pull_id,
  commit_.author_date as created,
  commit_.message,
  pull_request.url || '/commits/' || commit_.id as source_url,
  commit_.deleted_at is not null as deleted
from {{ ref('base_pull_request_commits') }} as commit_
join {{ ref('stg_pull_requests') }} as pull_request
  on pull_request.server = commit_.server
  and pull_request.repository_id = commit_.repository_id
  and pull_request.id = commit_.pull_request_id
