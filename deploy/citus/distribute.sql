-- Experimental: distributes a ServiceFlow database over the workers of a Citus cluster. Read docs/scaling.md, Citus, first.
--
-- Run it once, on the coordinator, as the owner of the tables, on an installation that is migrated and stopped:
--   select citus_set_coordinator_host('coordinator.internal');
--   psql -v ON_ERROR_STOP=1 -f distribute.sql
--
-- Given up:
--   the uniqueness of requests.number (a sequence draws it, and the log binds it);
--   the uniqueness of comments.id over all requests (it is unique for each);
--   the foreign key follow_ups.follows_up_id.
-- Migrations of later versions are not tested on a distributed database.

-- Triggers run where the row is: on a worker for a request, and on each node for a person.
set citus.enable_unsafe_triggers = on;

-- Citus takes no unique constraint without the column that distributes.
alter table requests drop constraint requests_number_unique;
create index requests_number_unique on requests (number);
alter table comments drop constraint comments_pkey;
alter table comments add constraint comments_pkey primary key (id, request_id);
-- Two requests can be on two machines.
alter table follow_ups drop constraint follow_ups_follows_up_id_requests_id_fk;

-- The same on every node: what all others refer to.
select create_reference_table('roles');
select create_reference_table('users');
select create_reference_table('api_keys');
select create_reference_table('one_time_codes');
select create_reference_table('user_identities');
select create_reference_table('categories');
select create_reference_table('status_transitions');

-- A request is on one worker, with its comments.
select create_distributed_table('requests', 'id');
select create_distributed_table('comments', 'request_id', colocate_with => 'requests');
select create_distributed_table('follow_ups', 'request_id', colocate_with => 'requests');

-- On the coordinator, and known to the workers, whose triggers write to them.
select citus_add_local_table_to_metadata('request_participants');
select citus_add_local_table_to_metadata('request_words');
select citus_add_local_table_to_metadata('known_words');
select citus_add_local_table_to_metadata('user_words');
select citus_add_local_table_to_metadata('words_due');
select citus_add_local_table_to_metadata('words_backfill');
select citus_add_local_table_to_metadata('request_deltas');
select citus_add_local_table_to_metadata('stats_builds');
select citus_add_local_table_to_metadata('request_counts');
select citus_add_local_table_to_metadata('request_flows');
select citus_add_local_table_to_metadata('backfills');
select citus_add_local_table_to_metadata('webhooks');
select citus_add_local_table_to_metadata('webhook_deliveries');
select citus_add_local_table_to_metadata('webhook_attempts');
select citus_add_local_table_to_metadata('idempotency_keys');

-- On the coordinator alone, where its transactions are numbered: the log, and what is made of it.
-- local: audit_logs, audit_private_values, audit_seals, audit_head, request_events, request_events_end
