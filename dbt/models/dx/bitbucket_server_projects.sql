select
  {{ dx_id('server', 'id') }} as id,
  id as source_id,
  {{ first_link('links') }} as source_url,
  key,
  name,
  description,
  public,
  server as connection_id,
  true as api_accessible
from {{ ref('stg_projects') }}
