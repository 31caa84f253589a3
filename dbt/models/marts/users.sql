-- Everybody whom a row names, and whether it is a machine.
select
  server,
  user_id,
  name,
  slug,
  display_name,
  email_address,
  active as is_active,
  type,
  is_bot,
  is_listed,
  {{ first_link('links') }} as url
from {{ ref('int_people') }}
