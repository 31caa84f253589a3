-- One row per pull request and person who is its reviewer or took part, with the status that Bitbucket shows now.
with documents as (
  select server, repository_id, id as pull_request_id, {{ json_elements('reviewers') }} as document
  from {{ ref('stg_pull_requests') }}
  union all
  select server, repository_id, id as pull_request_id, {{ json_elements('participants') }} as document
  from {{ ref('stg_pull_requests') }}
),
fields as (
  select
    server,
    repository_id,
    pull_request_id,
    cast({{ json_text(json_member('document', 'user'), 'id') }} as bigint) as user_id,
    {{ json_text('document', 'role') }} as role,
    {{ json_text('document', 'status') }} as status,
    {{ json_text('document', 'lastReviewedCommit') }} as last_reviewed_commit,
    {{ json_member('document', 'user') }} as person
  from documents
),
ranked as (
  select
    fields.*,
    row_number() over (partition by server, repository_id, pull_request_id, user_id order by role desc, status) as row_rank
  from fields
  where user_id is not null
)
select server, repository_id, pull_request_id, user_id, role, status, last_reviewed_commit, person
from ranked
where row_rank = 1
