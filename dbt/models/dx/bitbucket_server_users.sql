select
  {{ dx_id('server', 'user_id') }} as id,
  user_id as source_id,
  server as connection_id,
  url as source_url,
  coalesce(display_name, name) as name,
  email_address as email,
  cast(null as timestamptz) as created_at,
  is_listed as active,
  is_bot as bot,
  case when is_bot then 'bot' else 'human' end as type
from {{ ref('users') }}
