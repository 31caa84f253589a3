{#- Of an incremental model that keeps what was read from documents: whether the row `parent`, whose key is `id`, is kept as it is now. -#}
{% macro is_kept(parent, kept_key) %}exists (
      select 1
      from {{ this }} as kept
      where kept.server = {{ parent }}.server
        and kept.repository_id = {{ parent }}.repository_id
        and kept.{{ kept_key }} = {{ parent }}.id
        and kept._extracted_at is not distinct from {{ parent }}._extracted_at
    ){% endmacro %}

{#- After an incremental run: what was read from a row of `parent` that is gone, or was read again since, goes. -#}
{% macro forget_stale_rows(parent, kept_key) %}
{% if is_incremental() %}delete from {{ this }} as kept
where not exists (
  select 1
  from {{ ref(parent) }} as parent
  where parent.server = kept.server
    and parent.repository_id = kept.repository_id
    and parent.id = kept.{{ kept_key }}
    and parent._extracted_at is not distinct from kept._extracted_at
){% else %}select 1{% endif %}
{% endmacro %}
