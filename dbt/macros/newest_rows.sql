{#- The schemas that the connector writes to: a list of {database, schema, server, relation}, from the variables. -#}
{% macro bitbucket_sources(stream_name) %}
  {%- set own = source('bitbucket', stream_name) -%}
  {%- set schemas = var('bitbucket_schemas', none) or [{'schema': own.schema, 'server': var('bitbucket_server', 'bitbucket')}] -%}
  {%- set sources = [] -%}
  {%- for entry in schemas -%}
    {%- set relation = api.Relation.create(
        database=entry.get('database', own.database), schema=entry['schema'], identifier=own.identifier) -%}
    {%- do sources.append({'schema': entry['schema'], 'server': entry.get('server', var('bitbucket_server', 'bitbucket')), 'relation': relation}) -%}
  {%- endfor -%}
  {{ return(sources) }}
{% endmacro %}

{#- The column that says when a row was read, or none. -#}
{% macro extraction_column(present) %}
  {%- set wanted = [var('bitbucket_extracted_at', none), '_airbyte_extracted_at', '_extracted_at', '_airbyte_emitted_at'] -%}
  {%- for name in wanted if name and name in present -%}
    {{ return(name) }}
  {%- endfor -%}
  {{ return(none) }}
{% endmacro %}

{#- A column as its kind, whatever the destination made of it; null where the table lacks it. -#}
{% macro column_as(name, kind, present) %}
  {%- if name not in present -%}
    cast(null as {{ column_type(kind) }})
  {%- elif kind == 'timestamptz' and present[name] | lower in ('timestamp', 'timestamp without time zone', 'timestamp_ms', 'timestamp_ns', 'timestamp_s') -%}
    ({{ adapter.quote(name) }} at time zone 'UTC')
  {%- else -%}
    cast({{ adapter.quote(name) }} as {{ column_type(kind) }})
  {%- endif -%}
{% endmacro %}

{#- All rows of a stream in one of the schemas, in the columns of the stream; none where it was not synced there. -#}
{% macro rows_of(stream_name, from) %}
  {%- set columns = stream(stream_name)['columns'] -%}
  {%- set found = adapter.get_relation(database=from.relation.database, schema=from.relation.schema, identifier=from.relation.identifier) if execute else none -%}
  {%- set present = {} -%}
  {%- if found -%}
    {%- for column in adapter.get_columns_in_relation(found) -%}
      {%- do present.update({column.name: column.data_type}) -%}
    {%- endfor -%}
  {%- endif -%}
  {%- set extracted = extraction_column(present) %}
  select
    cast('{{ from.server }}' as {{ column_type('text') }}) as server,
    {%- for name, kind in columns.items() %}
    {{ column_as(name, kind, present) }} as {{ adapter.quote(name) }},
    {%- endfor %}
    cast('{{ from.schema }}' as {{ column_type('text') }}) as _source_schema,
    {{ column_as(extracted or '_extracted_at', 'timestamptz', present) }} as _extracted_at
  {% if found -%}
  from {{ found }}
  {%- if is_incremental() and extracted %}
  where {{ column_as(extracted, 'timestamptz', present) }} >= coalesce(
    (select max(_extracted_at) from {{ this }} where _source_schema = '{{ from.schema }}') - interval '{{ var('bitbucket_incremental_hours', 6) }} hours',
    timestamp '1970-01-01 00:00:00' at time zone 'UTC'
  )
  {%- endif %}
  {%- else -%}
  where 1 = 0
  {%- endif %}
{% endmacro %}

{#- `left_row` and `right_row` are of the same key. -#}
{% macro same_key(stream_name, left_row, right_row) -%}
  {%- for name in ['server'] + stream(stream_name)['key'] -%}
    {{ left_row }}.{{ adapter.quote(name) }} = {{ right_row }}.{{ adapter.quote(name) }}{{ ' and ' if not loop.last }}
  {%- endfor -%}
{%- endmacro %}

{#- The newest row per key over all schemas: greatest cursor, then read last, as destinations keep it. -#}
{% macro newest_rows(stream_name) %}
  {%- set columns = ['server'] + (stream(stream_name)['columns'].keys() | list) + ['_source_schema', '_extracted_at'] -%}
  {%- set names -%}{%- for name in columns %}{{ adapter.quote(name) }}{{ ', ' if not loop.last }}{% endfor -%}{%- endset -%}
  {%- set key -%}{%- for name in ['server'] + stream(stream_name)['key'] %}{{ adapter.quote(name) }}{{ ', ' if not loop.last }}{% endfor -%}{%- endset %}
with read_rows as (
  {%- for from in bitbucket_sources(stream_name) %}
  {{ rows_of(stream_name, from) }}
  {{ 'union all' if not loop.last }}
  {%- endfor %}
),
candidates as (
  select {{ names }} from read_rows
  {%- if is_incremental() %}
  union all
  select {{ names }} from {{ this }} as kept
  where exists (select 1 from read_rows where {{ same_key(stream_name, 'read_rows', 'kept') }})
  {%- endif %}
),
ranked as (
  select
    {{ names }},
    row_number() over (
      partition by {{ key }}
      order by {{ adapter.quote(stream(stream_name)['cursor']) }} desc nulls last, _extracted_at desc nulls last
    ) as row_rank
  from candidates
)
select {{ names }} from ranked where row_rank = 1
{% endmacro %}

{#- After an incremental run: rows whose key no schema has any more, as after a refresh that overwrote everything, go. -#}
{% macro forget_vanished_rows(stream_name) %}
  {%- if is_incremental() %}
  delete from {{ this }} as kept
  where not exists (
    select 1 from (
      {%- for from in bitbucket_sources(stream_name) %}
      {{ key_rows_of(stream_name, from) }}
      {{ 'union all' if not loop.last }}
      {%- endfor %}
    ) as present where {{ same_key(stream_name, 'present', 'kept') }}
  )
  {%- else -%}
  select 1
  {%- endif %}
{% endmacro %}

{#- The keys that one of the schemas has; none where the stream was not synced there. -#}
{% macro key_rows_of(stream_name, from) %}
  {%- set found = adapter.get_relation(database=from.relation.database, schema=from.relation.schema, identifier=from.relation.identifier) -%}
  {%- set declared = stream(stream_name) %}
  select cast('{{ from.server }}' as {{ column_type('text') }}) as server
  {%- for name in declared['key'] -%}
  , {% if found %}cast({{ adapter.quote(name) }} as {{ column_type(declared['columns'][name]) }}){% else %}cast(null as {{ column_type(declared['columns'][name]) }}){% endif %} as {{ adapter.quote(name) }}
  {%- endfor %}
  {% if found %}from {{ found }}{% else %}where 1 = 0{% endif %}
{% endmacro %}

{#- Models must never be written where the connector writes: one named like a stream would take the place of its table. -#}
{% macro refuse_source_schemas() %}
  {%- if execute -%}
    {%- set read = [] -%}
    {%- for from in bitbucket_sources('projects') -%}
      {%- do read.append((from.relation.database ~ '.' ~ from.relation.schema) | lower) -%}
    {%- endfor -%}
    {%- for node in graph.nodes.values() if node.package_name == 'bitbucket_data_center' and node.resource_type == 'model' -%}
      {%- if (node.database ~ '.' ~ node.schema) | lower in read -%}
        {{ exceptions.raise_compiler_error('The model ' ~ node.name ~ ' would be written into ' ~ node.schema ~ ', where the connector writes its tables: set +schema for bitbucket_data_center to another one.') }}
      {%- endif -%}
    {%- endfor -%}
  {%- endif -%}
{% endmacro %}
