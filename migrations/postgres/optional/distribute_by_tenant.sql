-- Optional, for Citus: distributes the tables of billmill over the workers by tenant. `billmill migrate` never runs this file.
--
--     billmill init
--     psql --single-transaction --set ON_ERROR_STOP=1 --file distribute_by_tenant.sql postgresql://…     on the coordinator, once
--
-- When: many tenants, whose data together are more than one server takes, and no tenant alone is. One server with read replicas, and
-- any number of worker hosts that point at it, is simpler and comes first; a single large tenant gains nothing here, for its rows stay
-- together. Before the first import, or in a quiet hour: it locks the tables while it moves their rows.
--
-- 1. Business tables are distributed by tenant_id and lie together: every statement of a chunk names the tenant, so its rows commit on
--    one node, and joins stay there. Every primary key and unique index of them begins with tenant_id.
-- 2. What all tenants share (the engine's tables, tenant, tax_rate, exchange rates) are reference tables: a copy on every node, written by two-phase
--    commit. A chunk writes its fence there, so each chunk commits on all nodes: larger chunk_size pays for it.
-- 3. Rows of several nodes are not read in one snapshot. billmill reads totals only after the partitions are done, and a dump in a
--    quiet hour is exact; one beside a run may show one tenant a moment later than another.

SELECT create_reference_table('schema_migration');
SELECT create_reference_table('id_counter');
SELECT create_reference_table('job_definition');
SELECT create_reference_table('job_instance');
SELECT create_reference_table('job_execution');
SELECT create_reference_table('job_partition');
SELECT create_reference_table('job_chunk');
SELECT create_reference_table('job_chunk_total');
SELECT create_reference_table('audit_log');
SELECT create_reference_table('parked_item'); -- the state of a run is decided by it
SELECT create_reference_table('tenant');
SELECT create_reference_table('tax_rate');
SELECT create_reference_table('exchange_rate');
SELECT create_reference_table('fetched');
SELECT create_reference_table('fetched_body');
SELECT create_reference_table('gateway_statement');
SELECT create_reference_table('payment_difference');

SELECT create_distributed_table('customer', 'tenant_id');
SELECT create_distributed_table('effect', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('effect_request', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('effect_attempt', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('product', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('meter', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('credit_holder', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('plan', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('price', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('price_tier', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('subscription', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('subscription_change', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('coupon', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('coupon_scope', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('coupon_redemption', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('coupon_customer', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('contract', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('contract_phase', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('contract_price', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('contract_scope', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('payment', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('refund', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('payment_attempt', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('dunning_campaign', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('dunning_step', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('payment_method', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('credit_grant', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('credit_transaction', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('credit_overdraft', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('credit_unit_transaction', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('credit_unit_grant', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('credit_limit_use', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('usage_event', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('usage_key_run', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('usage_key_block', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('usage_import', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('subscription_state', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('billing_period', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('usage_rated', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('party', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('invoice', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('invoice_conversion', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('payment_conversion', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('invoice_line', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('usage_share', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('written_off_line', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('invoice_tax', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('correction', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('correction_line', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('correction_done', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('coupon_use', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('coupon_line', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('number_series', 'tenant_id', colocate_with => 'customer');
SELECT create_distributed_table('invoice_document', 'tenant_id', colocate_with => 'customer');
