-- The people who are machines: few, so that joining them is cheap.
select server, user_id
from {{ ref('int_people') }}
where is_bot
