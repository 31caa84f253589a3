{#- What the models need and warehouses write differently: a further warehouse adds a variant WAREHOUSE__name of those it writes otherwise. -#}

{#- The member `key` of a JSON document, as a document. -#}
{% macro json_member(document, key) %}{{ return(adapter.dispatch('json_member', 'bitbucket_data_center')(document, key)) }}{% endmacro %}
{% macro default__json_member(document, key) %}({{ document }} -> '{{ key }}'){% endmacro %}

{#- The member `key` of a JSON document as text; null where it is absent or null. -#}
{% macro json_text(document, key) %}{{ return(adapter.dispatch('json_text', 'bitbucket_data_center')(document, key)) }}{% endmacro %}
{% macro default__json_text(document, key) %}({{ document }} ->> '{{ key }}'){% endmacro %}

{#- Used as a column, gives one row per element of a JSON array; none for what is no array. -#}
{% macro json_elements(document) %}{{ return(adapter.dispatch('json_elements', 'bitbucket_data_center')(document)) }}{% endmacro %}
{% macro postgres__json_elements(document) %}jsonb_array_elements(case when jsonb_typeof({{ document }}) = 'array' then {{ document }} else '[]'::jsonb end){% endmacro %}
{% macro duckdb__json_elements(document) %}unnest(from_json({{ document }}, '["json"]')){% endmacro %}

{#- The number of elements of a JSON array; 0 for what is no array. -#}
{% macro json_length(document) %}{{ return(adapter.dispatch('json_length', 'bitbucket_data_center')(document)) }}{% endmacro %}
{% macro postgres__json_length(document) %}(case when jsonb_typeof({{ document }}) = 'array' then jsonb_array_length({{ document }}) else 0 end){% endmacro %}
{% macro duckdb__json_length(document) %}coalesce(json_array_length({{ document }}), 0){% endmacro %}

{#- Hours from one instant to another, with fractions. -#}
{% macro hours_between(earlier, later) %}{{ return(adapter.dispatch('hours_between', 'bitbucket_data_center')(earlier, later)) }}{% endmacro %}
{% macro postgres__hours_between(earlier, later) %}cast(extract(epoch from ({{ later }}) - ({{ earlier }})) / 3600 as double precision){% endmacro %}
{% macro duckdb__hours_between(earlier, later) %}((epoch_us({{ later }}) - epoch_us({{ earlier }})) / 3600000000.0::double){% endmacro %}

{#- The same, never below 0: what came before the wait began did not wait. -#}
{% macro hours_waited(start, finish) %}case when {{ finish }} < {{ start }} then 0 else {{ hours_between(start, finish) }} end{% endmacro %}

{#- Whole seconds from one instant to another. -#}
{% macro seconds_between(earlier, later) %}{{ return(adapter.dispatch('seconds_between', 'bitbucket_data_center')(earlier, later)) }}{% endmacro %}
{% macro postgres__seconds_between(earlier, later) %}cast(floor(extract(epoch from ({{ later }}) - ({{ earlier }}))) as bigint){% endmacro %}
{% macro duckdb__seconds_between(earlier, later) %}cast(floor((epoch_us({{ later }}) - epoch_us({{ earlier }})) / 1000000.0::double) as bigint){% endmacro %}

{#- The day of an instant in a time zone. -#}
{% macro local_day(instant, zone) %}{{ return(adapter.dispatch('local_day', 'bitbucket_data_center')(instant, zone)) }}{% endmacro %}
{% macro default__local_day(instant, zone) %}cast({{ instant }} at time zone {{ zone }} as date){% endmacro %}

{#- Whether a text fits a pattern in which * stands for any characters; case does not matter; null text fits none. -#}
{% macro fits_pattern(value, pattern) %}{{ return(adapter.dispatch('fits_pattern', 'bitbucket_data_center')(value, pattern)) }}{% endmacro %}
{% macro default__fits_pattern(value, pattern) %}coalesce(lower({{ value }}) like replace(replace(replace(replace(lower({{ pattern }}), '!', '!!'), '%', '!%'), '_', '!_'), '*', '%') escape '!', false){% endmacro %}

{#- Any one value of a group that is not null. -#}
{% macro any_of(value) %}{{ return(adapter.dispatch('any_of', 'bitbucket_data_center')(value)) }}{% endmacro %}
{% macro default__any_of(value) %}max({{ value }}){% endmacro %}
{% macro duckdb__any_of(value) %}any_value({{ value }}){% endmacro %}

{#- The address of the first link in the `self` of a `links` document. -#}
{% macro first_link(links) %}{{ return(adapter.dispatch('first_link', 'bitbucket_data_center')(links)) }}{% endmacro %}
{% macro postgres__first_link(links) %}({{ links }} #>> '{self,0,href}'){% endmacro %}
{% macro duckdb__first_link(links) %}({{ links }} ->> '$.self[0].href'){% endmacro %}

{#- One text from the server and Bitbucket's numbers, unique over all servers; null where one of them is. -#}
{% macro dx_id(server, first, second='', third='') %}({{ server }} || '/' || {{ first }}{% if second %} || '/' || {{ second }}{% endif %}{% if third %} || '/' || {{ third }}{% endif %}){% endmacro %}

{#- A comment of Bitbucket, read once: what comment_member() then takes its members from. -#}
{% macro read_comment(document) %}{{ return(adapter.dispatch('read_comment', 'bitbucket_data_center')(document)) }}{% endmacro %}
{% macro default__read_comment(document) %}{{ document }}{% endmacro %}
{% macro duckdb__read_comment(document) %}from_json({{ document }}, '{"id":"BIGINT","author":{"id":"BIGINT"},"createdDate":"VARCHAR","updatedDate":"VARCHAR","text":"VARCHAR","severity":"VARCHAR","state":"VARCHAR","resolver":{"id":"BIGINT"},"resolvedDate":"VARCHAR","threadResolved":"BOOLEAN","comments":["JSON"]}'){% endmacro %}

{#- A member of a comment that read_comment() gave, as a kind of column. -#}
{% macro comment_member(comment, key, kind) %}{{ return(adapter.dispatch('comment_member', 'bitbucket_data_center')(comment, key, kind)) }}{% endmacro %}
{% macro default__comment_member(comment, key, kind) %}cast({{ comment }} ->> '{{ key }}' as {{ kind }}){% endmacro %}
{% macro duckdb__comment_member(comment, key, kind) %}cast({{ comment }}."{{ key }}" as {{ kind }}){% endmacro %}

{#- The id of the person who is a member of a comment that read_comment() gave. -#}
{% macro comment_person(comment, key) %}{{ return(adapter.dispatch('comment_person', 'bitbucket_data_center')(comment, key)) }}{% endmacro %}
{% macro default__comment_person(comment, key) %}cast({{ comment }} -> '{{ key }}' ->> 'id' as bigint){% endmacro %}
{% macro duckdb__comment_person(comment, key) %}{{ comment }}."{{ key }}"."id"{% endmacro %}

{#- Used as a column, gives one row per reply to a comment that read_comment() gave, each a document. -#}
{% macro comment_replies(comment) %}{{ return(adapter.dispatch('comment_replies', 'bitbucket_data_center')(comment)) }}{% endmacro %}
{% macro postgres__comment_replies(comment) %}jsonb_array_elements(case when jsonb_typeof({{ comment }} -> 'comments') = 'array' then {{ comment }} -> 'comments' else '[]'::jsonb end){% endmacro %}
{% macro duckdb__comment_replies(comment) %}unnest({{ comment }}."comments"){% endmacro %}
