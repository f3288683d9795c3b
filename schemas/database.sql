-- The tables as the migrations in Sources/Store/Migrations make them: to read, not to run.

CREATE TABLE public.authorization_attempt (
    company_id text NOT NULL,
    state_hash bytea NOT NULL,
    id uuid NOT NULL,
    provider text NOT NULL,
    scope text NOT NULL,
    actor text NOT NULL,
    state text NOT NULL,
    redirect_uri text NOT NULL,
    login_url text NOT NULL,
    expected_account text,
    key_id text NOT NULL,
    verifier bytea NOT NULL,
    cause_source text NOT NULL,
    cause_id text NOT NULL,
    request_id text,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT authorization_attempt_scope_check CHECK ((scope = ANY (ARRAY['company'::text, 'user'::text]))),
    CONSTRAINT authorization_attempt_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'exchanging'::text, 'succeeded'::text, 'failed'::text, 'expired'::text]))),
    CONSTRAINT authorization_attempt_state_hash_check CHECK ((length(state_hash) = 32)),
    CONSTRAINT ended_has_no_verifier CHECK (((state = ANY (ARRAY['pending'::text, 'exchanging'::text])) OR (verifier = '\x'::bytea)))
);

CREATE TABLE public.company_integration (
    company_id text NOT NULL,
    provider text NOT NULL,
    state text NOT NULL,
    version bigint NOT NULL,
    grant_id uuid,
    organization_id text,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    organization_name text,
    CONSTRAINT company_integration_state_check CHECK ((state = ANY (ARRAY['off'::text, 'on'::text, 'reauthorization-required'::text]))),
    CONSTRAINT company_integration_version_check CHECK ((version > 0)),
    CONSTRAINT on_has_a_grant CHECK (((state <> 'on'::text) OR ((grant_id IS NOT NULL) AND (organization_id IS NOT NULL))))
);

CREATE TABLE public.company_sync (
    company_id text NOT NULL,
    request_id text NOT NULL,
    request_source text NOT NULL,
    provider text NOT NULL,
    mode text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    remaining bigint NOT NULL,
    failed bigint NOT NULL,
    total bigint NOT NULL,
    covered_until timestamp with time zone NOT NULL,
    provider_calls bigint NOT NULL,
    created bigint NOT NULL,
    updated bigint NOT NULL,
    completed bigint NOT NULL,
    reopened bigint NOT NULL,
    removed bigint NOT NULL,
    unchanged bigint NOT NULL,
    CONSTRAINT company_sync_mode_check CHECK ((mode = ANY (ARRAY['incremental'::text, 'full'::text]))),
    CONSTRAINT company_sync_remaining_check CHECK ((remaining >= 0))
);

CREATE TABLE public.grant_revocation (
    company_id text NOT NULL,
    id uuid NOT NULL,
    provider text NOT NULL,
    login_url text NOT NULL,
    instance_url text NOT NULL,
    identity_url text NOT NULL,
    sealed_for text NOT NULL,
    key_id text NOT NULL,
    access_token bytea NOT NULL,
    refresh_token bytea,
    due_at timestamp with time zone NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    last_error text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT grant_revocation_attempts_check CHECK ((attempts >= 0))
);

CREATE TABLE public.import_checkpoint (
    company_id text NOT NULL,
    user_id text NOT NULL,
    provider text NOT NULL,
    request_source text NOT NULL,
    request_id text NOT NULL,
    cursor_timestamp text NOT NULL,
    cursor_id text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    provider_time timestamp with time zone NOT NULL,
    provider_calls bigint NOT NULL,
    event_ordinal bigint NOT NULL,
    created bigint NOT NULL,
    updated bigint NOT NULL,
    completed bigint NOT NULL,
    reopened bigint NOT NULL,
    removed bigint NOT NULL,
    unchanged bigint NOT NULL
);

CREATE TABLE public.inbox (
    company_id text NOT NULL,
    source text NOT NULL,
    id text NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    record_offset bigint NOT NULL,
    epoch bigint NOT NULL,
    state text NOT NULL,
    claimed_at timestamp with time zone DEFAULT now() NOT NULL,
    done_at timestamp with time zone,
    attempt integer DEFAULT 0 NOT NULL,
    claims smallint DEFAULT 1 NOT NULL,
    ordering_key text,
    next_at timestamp with time zone,
    turn bigint,
    last_error text,
    replay text,
    record bytea,
    record_timestamp bigint,
    key_id text,
    CONSTRAINT ended_has_no_record CHECK (((state <> ALL (ARRAY['done'::text, 'dead'::text])) OR (record IS NULL))),
    CONSTRAINT ended_says_when CHECK (((state = ANY (ARRAY['done'::text, 'dead'::text])) = (done_at IS NOT NULL))),
    CONSTRAINT inbox_attempt_check CHECK ((attempt >= 0)),
    CONSTRAINT inbox_claims_check CHECK ((claims > 0)),
    CONSTRAINT inbox_state_check CHECK ((state = ANY (ARRAY['claimed'::text, 'parked'::text, 'done'::text, 'dead'::text]))),
    CONSTRAINT parked_has_a_record CHECK (((state <> 'parked'::text) OR ((record IS NOT NULL) AND (ordering_key IS NOT NULL) AND (next_at IS NOT NULL) AND (turn IS NOT NULL))))
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_cost_delay='0');

CREATE TABLE public.outbox (
    company_id text NOT NULL,
    id bigint NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    records bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='5000', autovacuum_vacuum_cost_delay='0');
ALTER TABLE ONLY public.outbox ALTER COLUMN records SET STORAGE EXTERNAL;

ALTER TABLE public.outbox ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.outbox_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.partition_lease (
    topic text NOT NULL,
    partition integer NOT NULL,
    epoch bigint NOT NULL,
    owner text NOT NULL,
    acquired_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT partition_lease_epoch_check CHECK ((epoch > 0))
);

CREATE TABLE public.provider_grant (
    company_id text NOT NULL,
    id uuid NOT NULL,
    provider text NOT NULL,
    organization_id text NOT NULL,
    account_id text NOT NULL,
    state text NOT NULL,
    generation bigint NOT NULL,
    login_url text NOT NULL,
    instance_url text NOT NULL,
    identity_url text NOT NULL,
    key_id text NOT NULL,
    access_token bytea NOT NULL,
    refresh_token bytea,
    refresh_attempt uuid,
    refresh_until timestamp with time zone,
    refreshed_at timestamp with time zone DEFAULT now() NOT NULL,
    username text DEFAULT ''::text NOT NULL,
    lost_reason text,
    keep_alive_at timestamp with time zone DEFAULT (now() + '7 days'::interval) NOT NULL,
    CONSTRAINT provider_grant_generation_check CHECK ((generation > 0)),
    CONSTRAINT provider_grant_state_check CHECK ((state = ANY (ARRAY['active'::text, 'refreshing'::text, 'ambiguous'::text, 'resending'::text, 'lost'::text, 'revoked'::text]))),
    CONSTRAINT revoked_has_no_tokens CHECK (((state <> 'revoked'::text) OR ((access_token = '\x'::bytea) AND (refresh_token IS NULL))))
);

CREATE TABLE public.schema_migration (
    name text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.task (
    company_id text NOT NULL,
    user_id text NOT NULL,
    provider text NOT NULL,
    external_id text NOT NULL,
    version bigint NOT NULL,
    content_hash bytea NOT NULL,
    is_closed boolean NOT NULL,
    removal_reason text,
    title text NOT NULL,
    status text NOT NULL,
    priority text,
    due_date text,
    url text NOT NULL,
    related_type text,
    related_id text,
    related_name text,
    contact_type text,
    contact_id text,
    contact_name text,
    provider_updated_at timestamp with time zone NOT NULL,
    CONSTRAINT task_removal_reason_check CHECK ((removal_reason = ANY (ARRAY['deleted'::text, 'reassigned'::text, 'not-visible'::text, 'disconnected'::text]))),
    CONSTRAINT task_version_check CHECK ((version > 0))
);

CREATE TABLE public.user_connection (
    company_id text NOT NULL,
    user_id text NOT NULL,
    provider text NOT NULL,
    state text NOT NULL,
    version bigint NOT NULL,
    grant_id uuid,
    account_id text,
    covered_until timestamp with time zone,
    next_sync_at timestamp with time zone,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    reconciled_at timestamp with time zone,
    CONSTRAINT connected_has_a_grant CHECK (((state <> 'connected'::text) OR ((grant_id IS NOT NULL) AND (account_id IS NOT NULL)))),
    CONSTRAINT user_connection_state_check CHECK ((state = ANY (ARRAY['disconnected'::text, 'connected'::text, 'suspended'::text, 'reauthorization-required'::text]))),
    CONSTRAINT user_connection_version_check CHECK ((version > 0))
);

ALTER TABLE ONLY public.authorization_attempt
    ADD CONSTRAINT authorization_attempt_pkey PRIMARY KEY (company_id, state_hash);

ALTER TABLE ONLY public.company_integration
    ADD CONSTRAINT company_integration_pkey PRIMARY KEY (company_id, provider);

ALTER TABLE ONLY public.company_sync
    ADD CONSTRAINT company_sync_pkey PRIMARY KEY (company_id, request_id);

ALTER TABLE ONLY public.grant_revocation
    ADD CONSTRAINT grant_revocation_pkey PRIMARY KEY (company_id, id);

ALTER TABLE ONLY public.import_checkpoint
    ADD CONSTRAINT import_checkpoint_pkey PRIMARY KEY (company_id, user_id, provider);

ALTER TABLE ONLY public.inbox
    ADD CONSTRAINT inbox_pkey PRIMARY KEY (company_id, source, id);

ALTER TABLE public.inbox
    ADD CONSTRAINT key_has_a_record CHECK (((key_id IS NULL) OR (record IS NOT NULL))) NOT VALID;

ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (topic, partition, id, company_id);

ALTER TABLE ONLY public.partition_lease
    ADD CONSTRAINT partition_lease_pkey PRIMARY KEY (topic, partition);

ALTER TABLE ONLY public.provider_grant
    ADD CONSTRAINT provider_grant_company_id_provider_organization_id_account__key UNIQUE (company_id, provider, organization_id, account_id);

ALTER TABLE ONLY public.provider_grant
    ADD CONSTRAINT provider_grant_pkey PRIMARY KEY (company_id, id);

ALTER TABLE ONLY public.schema_migration
    ADD CONSTRAINT schema_migration_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.task
    ADD CONSTRAINT task_pkey PRIMARY KEY (company_id, user_id, provider, external_id);

ALTER TABLE ONLY public.user_connection
    ADD CONSTRAINT user_connection_pkey PRIMARY KEY (company_id, user_id, provider);

CREATE INDEX authorization_attempt_open ON public.authorization_attempt USING btree (expires_at) WHERE (state = ANY (ARRAY['pending'::text, 'exchanging'::text]));

CREATE INDEX grant_revocation_due ON public.grant_revocation USING btree (due_at);

CREATE INDEX inbox_ended ON public.inbox USING btree (done_at) WHERE (state = ANY (ARRAY['done'::text, 'dead'::text]));

CREATE INDEX inbox_held ON public.inbox USING btree (topic, partition) WHERE ((state = 'claimed'::text) AND (record IS NOT NULL));

CREATE INDEX inbox_key ON public.inbox USING btree (key_id) WHERE (key_id IS NOT NULL);

CREATE INDEX inbox_parked_due ON public.inbox USING btree (topic, partition, next_at, turn) WHERE (state = 'parked'::text);

CREATE INDEX inbox_parked_key ON public.inbox USING btree (company_id, ordering_key, topic, partition, record_offset) WHERE (state = 'parked'::text);

CREATE INDEX inbox_parked_turn ON public.inbox USING btree (company_id, topic, partition, turn) WHERE (state = 'parked'::text);

CREATE INDEX provider_grant_keep_alive ON public.provider_grant USING btree (keep_alive_at) WHERE (state <> 'revoked'::text);

CREATE INDEX provider_grant_key ON public.provider_grant USING btree (key_id);

CREATE UNIQUE INDEX user_connection_account ON public.user_connection USING btree (company_id, provider, account_id) WHERE (state <> 'disconnected'::text);

CREATE INDEX user_connection_due ON public.user_connection USING btree (next_sync_at) WHERE (state = 'connected'::text);
