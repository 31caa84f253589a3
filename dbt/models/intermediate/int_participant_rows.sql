-- Author, reviewers and other participants of pull requests, as their documents list them.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['server', 'repository_id', 'pull_request_id'],
    on_schema_change='append_new_columns',
    post_hook="{{ forget_stale_rows('stg_pull_requests', 'pull_request_id') }}"
) }}
with unread as (
  select server, repository_id, id
  from {{ ref('stg_pull_requests') }} as pull_request
  where 1 = 1
  {% if is_incremental() %}
    and not {{ is_kept('pull_request', 'pull_request_id') }}
  {% endif %}
),
pull_requests as (
  select
    pull_request.server,
    pull_request.repository_id,
    pull_request.id,
    pull_request.author,
    pull_request.reviewers,
    pull_request.participants,
    pull_request._extracted_at
  from {{ ref('stg_pull_requests') }} as pull_request
  join unread
    on unread.server = pull_request.server
    and unread.repository_id = pull_request.repository_id
    and unread.id = pull_request.id
),
documents as (
  select server, repository_id, id, author as document, 'AUTHOR' as role, _extracted_at
  from pull_requests
  union all
  select server, repository_id, id, {{ json_elements('reviewers') }} as document, 'REVIEWER' as role, _extracted_at
  from pull_requests
  union all
  select server, repository_id, id, {{ json_elements('participants') }} as document, 'PARTICIPANT' as role, _extracted_at
  from pull_requests
)
select
  server,
  repository_id,
  id as pull_request_id,
  cast({{ json_text(json_member('document', 'user'), 'id') }} as bigint) as user_id,
  role,
  {{ json_text('document', 'status') }} as status,
  {{ json_text('document', 'lastReviewedCommit') }} as last_reviewed_commit,
  {{ json_member('document', 'user') }} as person,
  _extracted_at
from documents
