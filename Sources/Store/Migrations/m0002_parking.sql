-- A request can wait in the database instead of in a worker: for its next attempt, behind another of
-- its key, because its company has its share of the worker's memory, or because it takes long. Its
-- record is kept beside it then, and Kafka's offset moves on.
--
-- Only rows with a record are in the new indexes: a request that is worked off at once pays nothing.

ALTER TABLE inbox
    ADD COLUMN attempt          integer  NOT NULL DEFAULT 0 CHECK (attempt >= 0),
    ADD COLUMN claims           smallint NOT NULL DEFAULT 1 CHECK (claims > 0),
    ADD COLUMN ordering_key     text,
    ADD COLUMN next_at          timestamptz,
    ADD COLUMN turn             bigint,
    ADD COLUMN last_error       text,
    ADD COLUMN replay           text,
    ADD COLUMN record           bytea,
    ADD COLUMN record_timestamp bigint,
    DROP CONSTRAINT inbox_state_check,
    DROP CONSTRAINT done_says_when,
    ADD CONSTRAINT inbox_state_check CHECK (state IN ('claimed', 'parked', 'done', 'dead')),
    ADD CONSTRAINT ended_says_when CHECK ((state IN ('done', 'dead')) = (done_at IS NOT NULL)),
    ADD CONSTRAINT ended_has_no_record CHECK (state NOT IN ('done', 'dead') OR record IS NULL),
    ADD CONSTRAINT parked_has_a_record CHECK (state <> 'parked'
        OR (record IS NOT NULL AND ordering_key IS NOT NULL AND next_at IS NOT NULL AND turn IS NOT NULL));

-- What may run next: attempts that are due, and then those that wait for room, companies in turns.
CREATE INDEX inbox_parked_due ON inbox (topic, partition, next_at, turn) WHERE state = 'parked';
-- The requests of a key, first in first out.
CREATE INDEX inbox_parked_key ON inbox (company_id, ordering_key, topic, partition, record_offset)
    WHERE state = 'parked';
-- The last turn a company has.
CREATE INDEX inbox_parked_turn ON inbox (company_id, topic, partition, turn) WHERE state = 'parked';
-- What a lost owner was working off and Kafka does not have to bring again.
CREATE INDEX inbox_held ON inbox (topic, partition) WHERE state = 'claimed' AND record IS NOT NULL;

DROP INDEX inbox_done;
CREATE INDEX inbox_ended ON inbox (done_at) WHERE state IN ('done', 'dead');

-- One index is all the outbox needs, and all it should have: its statistics are those of a table that
-- is mostly empty, by which the planner takes any index that has a column of the condition, also last.
ALTER TABLE outbox DROP CONSTRAINT outbox_pkey, ADD PRIMARY KEY (topic, partition, id, company_id);
DROP INDEX outbox_partition;

-- What is deleted or parked in passing leaves dead rows where the next scan begins.
ALTER TABLE outbox SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0);
ALTER TABLE inbox SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
