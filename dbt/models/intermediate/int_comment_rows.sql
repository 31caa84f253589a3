-- Every comment, the replies that Bitbucket nests included: one row per activity and comment.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['server', 'repository_id', 'activity_id'],
    on_schema_change='append_new_columns',
    post_hook="{{ forget_stale_rows('stg_pull_request_activities', 'activity_id') }}"
) }}
with recursive unread as (
  select server, repository_id, id
  from {{ ref('stg_pull_request_activities') }} as activity
  where action = 'COMMENTED'
  {% if is_incremental() %}
    and not {{ is_kept('activity', 'activity_id') }}
  {% endif %}
),
roots as (
  select
    activity.server,
    activity.repository_id,
    activity.pull_request_id,
    activity.id as activity_id,
    activity.comment_id as thread_id,
    {{ json_text('activity.comment_anchor', 'path') }} as path,
    cast({{ json_text('activity.comment_anchor', 'line') }} as bigint) as line,
    cast(null as bigint) as parent_id,
    0 as depth,
    {{ read_comment('activity.comment') }} as comment_,
    activity._extracted_at
  from {{ ref('stg_pull_request_activities') }} as activity
  join unread
    on unread.server = activity.server
    and unread.repository_id = activity.repository_id
    and unread.id = activity.id
  where activity.comment is not null
),
replies as (
  select
    server,
    repository_id,
    pull_request_id,
    activity_id,
    thread_id,
    path,
    line,
    {{ comment_member('comment_', 'id', 'bigint') }} as parent_id,
    depth + 1 as depth,
    {{ comment_replies('comment_') }} as document,
    _extracted_at
  from roots
  union all
  select
    server,
    repository_id,
    pull_request_id,
    activity_id,
    thread_id,
    path,
    line,
    {{ comment_member('comment_', 'id', 'bigint') }} as parent_id,
    depth + 1 as depth,
    {{ comment_replies('comment_') }} as document,
    _extracted_at
  from (
    select
      server,
      repository_id,
      pull_request_id,
      activity_id,
      thread_id,
      path,
      line,
      depth,
      {{ read_comment('document') }} as comment_,
      _extracted_at
    from replies
  ) as answered
),
comments as (
  select server, repository_id, pull_request_id, activity_id, thread_id, path, line, parent_id, depth, comment_, _extracted_at
  from roots
  union all
  select server, repository_id, pull_request_id, activity_id, thread_id, path, line, parent_id, depth, {{ read_comment('document') }} as comment_, _extracted_at
  from replies
)
select
  server,
  repository_id,
  pull_request_id,
  activity_id,
  {{ comment_member('comment_', 'id', 'bigint') }} as comment_id,
  thread_id,
  parent_id,
  depth,
  {{ comment_person('comment_', 'author') }} as author_id,
  {{ comment_member('comment_', 'createdDate', 'timestamptz') }} as created_at,
  {{ comment_member('comment_', 'updatedDate', 'timestamptz') }} as updated_at,
  {{ comment_member('comment_', 'text', 'text') }} as text,
  {{ comment_member('comment_', 'severity', 'text') }} as severity,
  {{ comment_member('comment_', 'state', 'text') }} as state,
  {{ comment_person('comment_', 'resolver') }} as resolver_id,
  {{ comment_member('comment_', 'resolvedDate', 'timestamptz') }} as resolved_at,
  {{ comment_member('comment_', 'threadResolved', 'boolean') }} as thread_resolved,
  path,
  line,
  _extracted_at
from comments
where {{ comment_member('comment_', 'id', 'bigint') }} is not null
