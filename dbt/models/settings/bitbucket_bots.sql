{%- set patterns = var('bitbucket_bots', []) %}
{% for pattern in patterns -%}
select cast('{{ pattern | replace("'", "''") }}' as {{ column_type('text') }}) as pattern
{{ 'union all' if not loop.last }}
{% else -%}
select cast(null as {{ column_type('text') }}) as pattern where 1 = 0
{%- endfor %}
