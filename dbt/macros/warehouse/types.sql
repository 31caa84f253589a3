{#- The warehouse's type for a kind of column: text, bigint, double precision, boolean, timestamptz, json. -#}
{% macro column_type(kind) %}{{ return(adapter.dispatch('column_type', 'bitbucket_data_center')(kind)) }}{% endmacro %}
{% macro default__column_type(kind) %}{{ return(kind) }}{% endmacro %}
{% macro postgres__column_type(kind) %}{{ return('jsonb' if kind == 'json' else kind) }}{% endmacro %}
{% macro duckdb__column_type(kind) %}{{ return({'text': 'varchar', 'double precision': 'double'}.get(kind, kind)) }}{% endmacro %}
