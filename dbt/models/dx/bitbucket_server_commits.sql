select
  {{ dx_id('commit_.server', 'commit_.repository_id', 'commit_.id') }} as id,
  commit_.id as sha,
  {{ dx_id('commit_.server', 'commit_.author_id') }} as author_id,
  {{ dx_id('commit_.server', 'commit_.repository_id') }} as repository_id,
  case when commit_.on_default_branch then repository.default_branch end as branch,
  commit_.author_date as created,
  commit_.message
from {{ ref('stg_commits') }} as commit_
left join {{ ref('stg_repositories') }} as repository
  on repository.server = commit_.server and repository.id = commit_.repository_id
