select
  cast('{{ var("bitbucket_time_zone", "UTC") }}' as {{ column_type('text') }}) as time_zone,
  cast({{ 'true' if var('bitbucket_include_bots', false) else 'false' }} as boolean) as include_bots,
  cast('{{ var("bitbucket_production", "prod*") }}' as {{ column_type('text') }}) as production
