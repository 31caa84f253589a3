-- Everybody whom a row names: the users of the server, and those whom only documents know (users that are gone, or were not read).
with listed as (
  select server, id as user_id, name, slug, display_name, email_address, active, type, links, true as is_listed
  from {{ ref('stg_users') }}
),
named as (
  select server, author_id as user_id, {{ json_member('author', 'user') }} as document
  from {{ ref('stg_pull_requests') }} as pull_request
  where author_id is not null
    and not exists (select 1 from listed where listed.server = pull_request.server and listed.user_id = pull_request.author_id)
  union all
  select server, user_id, "user" as document
  from {{ ref('stg_pull_request_activities') }} as activity
  where user_id is not null
    and not exists (select 1 from listed where listed.server = activity.server and listed.user_id = activity.user_id)
  union all
  select server, user_id, person as document
  from {{ ref('int_participants') }} as participant
  where not exists (select 1 from listed where listed.server = participant.server and listed.user_id = participant.user_id)
  union all
  select server, author_id as user_id, author as document
  from {{ ref('int_comments') }} as comment_
  where author_id is not null
    and not exists (select 1 from listed where listed.server = comment_.server and listed.user_id = comment_.author_id)
),
unlisted as (
  select
    server,
    user_id,
    max({{ json_text('document', 'name') }}) as name,
    max({{ json_text('document', 'slug') }}) as slug,
    max({{ json_text('document', 'displayName') }}) as display_name,
    max({{ json_text('document', 'emailAddress') }}) as email_address,
    max({{ json_text('document', 'active') }}) as active,
    max({{ json_text('document', 'type') }}) as type
  from named
  group by server, user_id
),
people as (
  select * from listed
  union all
  select server, user_id, name, slug, display_name, email_address, active = 'true' as active, type, null as links, false as is_listed
  from unlisted
)
select
  people.*,
  coalesce(type = 'SERVICE', false) or exists (
    select 1
    from {{ ref('bitbucket_bots') }} as bot
    where {{ fits_pattern('people.name', 'bot.pattern') }}
       or {{ fits_pattern('people.slug', 'bot.pattern') }}
       or {{ fits_pattern('people.display_name', 'bot.pattern') }}
       or {{ fits_pattern('people.email_address', 'bot.pattern') }}
  ) as is_bot
from people
