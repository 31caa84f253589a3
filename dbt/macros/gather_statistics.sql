{#- Statistics for the planner where a warehouse does not gather them by itself in time: without them PostgreSQL takes fresh tables for tiny ones. -#}
{% macro gather_statistics() %}{{ return(adapter.dispatch('gather_statistics', 'bitbucket_data_center')()) }}{% endmacro %}
{% macro default__gather_statistics() %}select 1{% endmacro %}
{% macro postgres__gather_statistics() %}{% if config.get('materialized') == 'view' %}select 1{% else %}analyze {{ this }}{% endif %}{% endmacro %}
