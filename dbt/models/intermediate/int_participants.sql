-- One row per pull request and person who is its reviewer or took part, with the status that Bitbucket shows now.
with ranked as (
  select
    server,
    repository_id,
    pull_request_id,
    user_id,
    role,
    status,
    last_reviewed_commit,
    row_number() over (
      partition by server, repository_id, pull_request_id, user_id
      order by case role when 'REVIEWER' then 0 else 1 end, status
    ) as row_rank
  from {{ ref('int_participant_rows') }}
  where user_id is not null and role in ('REVIEWER', 'PARTICIPANT')
)
select server, repository_id, pull_request_id, user_id, role, status, last_reviewed_commit
from ranked
where row_rank = 1
