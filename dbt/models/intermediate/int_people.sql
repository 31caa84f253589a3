-- Everybody whom a row names: the users of the server, and those whom only documents know (users that are gone, or were not read).
with listed as (
  select server, id as user_id, name, slug, display_name, email_address, active, type, links, true as is_listed
  from {{ ref('stg_users') }}
),
named as (
  select distinct server, user_id from {{ ref('int_participant_rows') }}
  union
  select distinct server, user_id from {{ ref('stg_pull_request_activities') }}
),
unknown as (
  select server, user_id
  from named
  where user_id is not null
    and not exists (select 1 from listed where listed.server = named.server and listed.user_id = named.user_id)
),
documents as (
  select unknown.server, unknown.user_id, participant.person as document
  from {{ ref('int_participant_rows') }} as participant
  join unknown on unknown.server = participant.server and unknown.user_id = participant.user_id
  union all
  select unknown.server, unknown.user_id, activity."user" as document
  from {{ ref('stg_pull_request_activities') }} as activity
  join unknown on unknown.server = activity.server and unknown.user_id = activity.user_id
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
  from documents
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
