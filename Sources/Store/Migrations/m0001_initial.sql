-- Every key begins with company_id and every statement carries it, so that the tables can be
-- distributed by company when one server is outgrown. Leases are per partition, not per company.

CREATE TABLE company_integration (
    company_id      text        NOT NULL,
    provider        text        NOT NULL,
    state           text        NOT NULL CHECK (state IN ('off', 'on', 'reauthorization-required')),
    version         bigint      NOT NULL CHECK (version > 0),
    grant_id        uuid,
    organization_id text,
    changed_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (company_id, provider),
    CONSTRAINT on_has_a_grant CHECK (state <> 'on' OR (grant_id IS NOT NULL AND organization_id IS NOT NULL))
);

CREATE TABLE user_connection (
    company_id   text        NOT NULL,
    user_id      text        NOT NULL,
    provider     text        NOT NULL,
    state        text        NOT NULL CHECK (state IN ('disconnected', 'connected', 'suspended', 'reauthorization-required')),
    version      bigint      NOT NULL CHECK (version > 0),
    grant_id     uuid,
    account_id   text,
    covered_until timestamptz,
    next_sync_at timestamptz,
    changed_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (company_id, user_id, provider),
    CONSTRAINT connected_has_a_grant CHECK (state <> 'connected' OR (grant_id IS NOT NULL AND account_id IS NOT NULL))
);

-- One provider user is one person's here.
CREATE UNIQUE INDEX user_connection_account ON user_connection (company_id, provider, account_id)
    WHERE state <> 'disconnected';
CREATE INDEX user_connection_due ON user_connection (next_sync_at) WHERE state = 'connected';

CREATE TABLE provider_grant (
    company_id      text        NOT NULL,
    id              uuid        NOT NULL,
    provider        text        NOT NULL,
    organization_id text        NOT NULL,
    account_id      text        NOT NULL,
    state           text        NOT NULL CHECK (state IN ('active', 'refreshing', 'lost', 'revoked')),
    generation      bigint      NOT NULL CHECK (generation > 0),
    login_url       text        NOT NULL,
    instance_url    text        NOT NULL,
    identity_url    text        NOT NULL,
    key_id          text        NOT NULL,
    access_token    bytea       NOT NULL,
    refresh_token   bytea,
    refresh_attempt uuid,
    refresh_until   timestamptz,
    refreshed_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (company_id, id),
    UNIQUE (company_id, provider, organization_id, account_id),
    CONSTRAINT revoked_has_no_tokens CHECK (state <> 'revoked' OR (access_token = '' AND refresh_token IS NULL))
);

CREATE TABLE authorization_attempt (
    company_id       text        NOT NULL,
    state_hash       bytea       NOT NULL CHECK (length(state_hash) = 32),
    id               uuid        NOT NULL,
    provider         text        NOT NULL,
    scope            text        NOT NULL CHECK (scope IN ('company', 'user')),
    actor            text        NOT NULL,
    state            text        NOT NULL CHECK (state IN ('pending', 'exchanging', 'succeeded', 'failed', 'expired')),
    redirect_uri     text        NOT NULL,
    login_url        text        NOT NULL,
    expected_account text,
    key_id           text        NOT NULL,
    verifier         bytea       NOT NULL,
    cause_source     text        NOT NULL,
    cause_id         text        NOT NULL,
    request_id       text,
    expires_at       timestamptz NOT NULL,
    PRIMARY KEY (company_id, state_hash),
    CONSTRAINT ended_has_no_verifier CHECK (state IN ('pending', 'exchanging') OR verifier = '')
);

CREATE INDEX authorization_attempt_open ON authorization_attempt (expires_at)
    WHERE state IN ('pending', 'exchanging');

CREATE TABLE task (
    company_id          text        NOT NULL,
    user_id             text        NOT NULL,
    provider            text        NOT NULL,
    external_id         text        NOT NULL,
    version             bigint      NOT NULL CHECK (version > 0),
    content_hash        bytea       NOT NULL,
    is_closed           boolean     NOT NULL,
    removal_reason      text        CHECK (removal_reason IN ('deleted', 'reassigned', 'not-visible', 'disconnected')),
    title               text        NOT NULL,
    status              text        NOT NULL,
    priority            text,
    due_date            text,
    url                 text        NOT NULL,
    related_type        text,
    related_id          text,
    related_name        text,
    contact_type        text,
    contact_id          text,
    contact_name        text,
    provider_updated_at timestamptz NOT NULL,
    PRIMARY KEY (company_id, user_id, provider, external_id)
);

-- Where an import stands, so that whoever goes on loses at most a page.
CREATE TABLE import_checkpoint (
    company_id       text        NOT NULL,
    user_id          text        NOT NULL,
    provider         text        NOT NULL,
    request_source   text        NOT NULL,
    request_id       text        NOT NULL,
    cursor_timestamp text        NOT NULL,
    cursor_id        text        NOT NULL,
    started_at       timestamptz NOT NULL,
    provider_time    timestamptz NOT NULL,
    provider_calls   bigint      NOT NULL,
    event_ordinal    bigint      NOT NULL,
    created          bigint      NOT NULL,
    updated          bigint      NOT NULL,
    completed        bigint      NOT NULL,
    reopened         bigint      NOT NULL,
    removed          bigint      NOT NULL,
    unchanged        bigint      NOT NULL,
    PRIMARY KEY (company_id, user_id, provider)
);

-- A sync of a whole company, until the last of its people's syncs has ended.
CREATE TABLE company_sync (
    company_id     text        NOT NULL,
    request_id     text        NOT NULL,
    request_source text        NOT NULL,
    provider       text        NOT NULL,
    mode           text        NOT NULL CHECK (mode IN ('incremental', 'full')),
    started_at     timestamptz NOT NULL,
    remaining      bigint      NOT NULL CHECK (remaining >= 0),
    failed         bigint      NOT NULL,
    total          bigint      NOT NULL,
    covered_until  timestamptz NOT NULL,
    provider_calls bigint      NOT NULL,
    created        bigint      NOT NULL,
    updated        bigint      NOT NULL,
    completed      bigint      NOT NULL,
    reopened       bigint      NOT NULL,
    removed        bigint      NOT NULL,
    unchanged      bigint      NOT NULL,
    PRIMARY KEY (company_id, request_id)
);

CREATE TABLE inbox (
    company_id    text        NOT NULL,
    source        text        NOT NULL,
    id            text        NOT NULL,
    topic         text        NOT NULL,
    partition     integer     NOT NULL,
    record_offset bigint      NOT NULL,
    epoch         bigint      NOT NULL,
    state         text        NOT NULL CHECK (state IN ('claimed', 'done')),
    claimed_at    timestamptz NOT NULL DEFAULT now(),
    done_at       timestamptz,
    PRIMARY KEY (company_id, source, id),
    CONSTRAINT done_says_when CHECK ((state = 'done') = (done_at IS NOT NULL))
);

CREATE INDEX inbox_done ON inbox (done_at) WHERE state = 'done';

-- One row holds every record of one completion; a row is deleted once its records are delivered.
CREATE TABLE outbox (
    company_id text        NOT NULL,
    id         bigint      GENERATED ALWAYS AS IDENTITY,
    topic      text        NOT NULL,
    partition  integer     NOT NULL,
    records    bytea       NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (company_id, id)
);

-- Compressing what is deleted a moment later buys nothing.
ALTER TABLE outbox ALTER COLUMN records SET STORAGE EXTERNAL;
CREATE INDEX outbox_partition ON outbox (topic, partition, id);

CREATE TABLE partition_lease (
    topic       text        NOT NULL,
    partition   integer     NOT NULL,
    epoch       bigint      NOT NULL CHECK (epoch > 0),
    owner       text        NOT NULL,
    acquired_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (topic, partition)
);
