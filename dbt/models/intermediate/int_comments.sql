-- Every comment, the replies that Bitbucket nests included: one row per comment.
with recursive threads as (
  select
    server,
    repository_id,
    pull_request_id,
    id as activity_id,
    comment_id as thread_id,
    comment_anchor as anchor,
    cast(null as bigint) as parent_id,
    0 as depth,
    comment as document
  from {{ ref('stg_pull_request_activities') }}
  where action = 'COMMENTED' and comment is not null
  union all
  select
    server,
    repository_id,
    pull_request_id,
    activity_id,
    thread_id,
    anchor,
    parent_id,
    depth,
    document
  from (
    select
      server,
      repository_id,
      pull_request_id,
      activity_id,
      thread_id,
      anchor,
      cast({{ json_text('document', 'id') }} as bigint) as parent_id,
      depth + 1 as depth,
      {{ json_elements(json_member('document', 'comments')) }} as document
    from threads
    where {{ json_length(json_member('document', 'comments')) }} > 0
  ) as replies
),
fields as (
  select
    server,
    repository_id,
    pull_request_id,
    activity_id,
    thread_id,
    parent_id,
    depth,
    anchor,
    cast({{ json_text('document', 'id') }} as bigint) as comment_id,
    cast({{ json_text(json_member('document', 'author'), 'id') }} as bigint) as author_id,
    {{ json_member('document', 'author') }} as author,
    cast({{ json_text('document', 'createdDate') }} as timestamptz) as created_at,
    cast({{ json_text('document', 'updatedDate') }} as timestamptz) as updated_at,
    {{ json_text('document', 'text') }} as text,
    {{ json_text('document', 'severity') }} as severity,
    {{ json_text('document', 'state') }} as state,
    cast({{ json_text(json_member('document', 'resolver'), 'id') }} as bigint) as resolver_id,
    cast({{ json_text('document', 'resolvedDate') }} as timestamptz) as resolved_at,
    {{ json_text('document', 'threadResolved') }} = 'true' as thread_resolved
  from threads
),
ranked as (
  select
    fields.*,
    row_number() over (partition by server, repository_id, pull_request_id, comment_id order by activity_id desc, depth) as row_rank
  from fields
  where comment_id is not null
)
select
  server,
  repository_id,
  pull_request_id,
  comment_id,
  activity_id,
  thread_id,
  parent_id,
  depth,
  author_id,
  author,
  created_at,
  updated_at,
  text,
  severity,
  state,
  resolver_id,
  resolved_at,
  thread_resolved,
  {{ json_text('anchor', 'path') }} as path,
  cast({{ json_text('anchor', 'line') }} as bigint) as line
from ranked
where row_rank = 1
