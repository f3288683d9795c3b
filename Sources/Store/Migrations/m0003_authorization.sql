-- Grants that survive a crash, a rotation nobody answered for, and a change of account.
--
-- A refresh whose answer never came leaves a grant `ambiguous`: its access token is used for as long as
-- it works, and then its refresh token is sent once more (`resending`).

ALTER TABLE provider_grant
    ADD COLUMN username      text        NOT NULL DEFAULT '',
    ADD COLUMN lost_reason   text,
    ADD COLUMN keep_alive_at timestamptz NOT NULL DEFAULT now() + interval '7 days',
    DROP CONSTRAINT provider_grant_state_check,
    ADD CONSTRAINT provider_grant_state_check CHECK (state IN
        ('active', 'refreshing', 'ambiguous', 'resending', 'lost', 'revoked'));

UPDATE provider_grant SET keep_alive_at = refreshed_at + interval '7 days';

UPDATE provider_grant SET keep_alive_at = 'infinity' WHERE state = 'lost';

-- Refresh tokens die of idleness after 30 days, also those of paused connections; and whoever uses a
-- grant that was found lost is told, also if the worker that found it died.
CREATE INDEX provider_grant_keep_alive ON provider_grant (keep_alive_at) WHERE state <> 'revoked';

ALTER TABLE company_integration ADD COLUMN organization_name text;

-- Tokens that must end at the provider, and are kept until they have. What a code was exchanged for is
-- here before anything else is done with it: it is either adopted by a grant or revoked.
CREATE TABLE grant_revocation (
    company_id    text        NOT NULL,
    id            uuid        NOT NULL,
    provider      text        NOT NULL,
    login_url     text        NOT NULL,
    instance_url  text        NOT NULL,
    identity_url  text        NOT NULL,
    sealed_for    text        NOT NULL,
    key_id        text        NOT NULL,
    access_token  bytea       NOT NULL,
    refresh_token bytea,
    due_at        timestamptz NOT NULL,
    attempts      integer     NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    last_error    text,
    created_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (company_id, id)
);

CREATE INDEX grant_revocation_due ON grant_revocation (due_at);

-- The record of a request that waits can hold an authorization code: it is encrypted then.
ALTER TABLE inbox
    ADD COLUMN key_id text,
    ADD CONSTRAINT key_has_a_record CHECK (key_id IS NULL OR record IS NOT NULL) NOT VALID;
CREATE INDEX inbox_key ON inbox (key_id) WHERE key_id IS NOT NULL;

-- Which keys grants are encrypted with is asked at every start.
CREATE INDEX provider_grant_key ON provider_grant (key_id);
