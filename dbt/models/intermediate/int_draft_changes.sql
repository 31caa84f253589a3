-- When the draft state of a pull request last changed, where the server tells it.
select server, repository_id, pull_request_id, max(created_date) as last_draft_change_at
from {{ ref('stg_pull_request_activities') }}
where action like '%DRAFT%'
group by server, repository_id, pull_request_id
