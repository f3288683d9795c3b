import Postgres

/// Rows as a service that has been at work for a while leaves them; a secret column holds `plain…`.
enum Seed {
    /// acme is on, quiet is on with an ambiguous grant, globex is off, initech's grant is lost.
    static let everything: [PostgresQuery] = [
        """
        INSERT INTO provider_grant (company_id, id, provider, organization_id, account_id, state,
            generation, login_url, instance_url, identity_url, key_id, access_token, refresh_token,
            username, lost_reason)
        SELECT company, lpad(number, 32, '0')::uuid, 'salesforce', '00D1', account, state, 1, '', '',
            '', 'k', 'plain-access', 'plain-refresh', username, lost_reason
        FROM (VALUES
            ('acme', '1', '005-jane', 'active', 'jane@acme.com', NULL),
            ('acme', '2', '005-bob', 'active', 'bob@acme.com', NULL),
            ('acme', '3', '005-eve', 'lost', '', 'grant-ambiguous'),
            ('quiet', '4', '005-quiet', 'ambiguous', '', NULL),
            ('initech', '5', '005-bill', 'lost', '', 'grant-revoked'),
            ('globex', '6', '005-hank', 'active', '', NULL)
        ) AS held (company, number, account, state, username, lost_reason)
        """,
        """
        INSERT INTO company_integration (company_id, provider, state, version, grant_id,
            organization_id, organization_name)
        SELECT company, 'salesforce', state, 1, lpad(number, 32, '0')::uuid, '00D1', name
        FROM (VALUES
            ('acme', 'on', '1', 'Acme Inc.'), ('quiet', 'on', '4', NULL),
            ('globex', 'off', NULL, NULL), ('initech', 'reauthorization-required', '5', NULL)
        ) AS held (company, state, number, name)
        """,
        """
        INSERT INTO user_connection (company_id, user_id, provider, state, version, grant_id,
            account_id, covered_until, next_sync_at)
        SELECT company, person, 'salesforce', state, 1, lpad(number, 32, '0')::uuid, account,
            CASE WHEN is_covered THEN timestamptz '2026-05-01T10:00:00Z' END,
            now() + due * interval '1 minute'
        FROM (VALUES
            ('acme', 'u-1', 'connected', '2', '005-bob', true, 5),
            ('acme', 'u-2', 'connected', '1', '005-jane', true, -60),
            ('acme', 'u-3', 'reauthorization-required', '3', '005-eve', true, NULL),
            ('acme', 'u-4', 'connected', '2', '005-new', false, NULL),
            ('globex', 'u-9', 'suspended', '6', '005-hank', true, NULL)
        ) AS held (company, person, state, number, account, is_covered, due)
        """,
        """
        INSERT INTO grant_revocation (company_id, id, provider, login_url, instance_url,
            identity_url, sealed_for, key_id, access_token, refresh_token, due_at)
        SELECT 'acme', gen_random_uuid(), 'salesforce', '', '', '', '', 'k', 'plain-old', NULL, now()
        """,
        """
        INSERT INTO partition_lease (topic, partition, epoch, owner)
        VALUES ('integration-request', 0, 1, 'host/1'), ('integration-request', 1, 1, 'host/1'),
            ('sync-request', 2, 1, 'host/1'), ('sync-request', 3, 1, 'host/2')
        """,
        """
        INSERT INTO inbox (company_id, source, id, topic, partition, record_offset, epoch, state,
            done_at, attempt, ordering_key, next_at, turn, last_error, record, key_id)
        VALUES ('acme', '/t', 'a', 'sync-request', 2, 7, 1, 'parked', NULL, 3, 'sync/acme/u-1',
                now() + interval '1 minute', 1, 'provider-unavailable: no answer within 20 s',
                'plain-record', 'k'),
            ('quiet', '/t', 'b', 'sync-request', 3, 8, 1, 'claimed', NULL, 0, NULL, NULL, NULL, NULL,
                NULL, NULL),
            ('quiet', '/t', 'c', 'sync-request', 3, 9, 1, 'dead', now(), 8, NULL, NULL, NULL,
                'internal: Broken', NULL, NULL)
        """,
        """
        INSERT INTO outbox (company_id, topic, partition, records)
        VALUES ('acme', 'sync-request', 2, 'plain-event')
        """,
        """
        INSERT INTO import_checkpoint (company_id, user_id, provider, request_source, request_id,
            cursor_timestamp, cursor_id, started_at, provider_time, provider_calls, event_ordinal,
            created, updated, completed, reopened, removed, unchanged)
        VALUES ('acme', 'u-1', 'salesforce', '/t', 'r', '', '', now() - interval '1 minute', now(),
            7, 7, 1000, 100, 0, 0, 0, 300)
        """,
        """
        INSERT INTO task (company_id, user_id, provider, external_id, version, content_hash,
            is_closed, removal_reason, title, status, url, provider_updated_at)
        SELECT 'acme', person, 'salesforce', id, version, '', is_closed, reason, 'Call', 'Open', '',
            timestamptz '2026-04-30T10:15:30Z'
        FROM (VALUES
            ('u-1', '00T1', 4, false, NULL), ('u-1', '00T2', 2, true, NULL),
            ('u-1', '00T3', 3, false, 'reassigned'), ('u-2', '00T3', 1, false, NULL)
        ) AS held (person, id, version, is_closed, reason)
        """,
    ]
    /// u-2 has disconnected, u-3's account is of another organization, u-6 has only begun.
    static let rarities: [PostgresQuery] = [
        """
        UPDATE user_connection SET state = 'disconnected', grant_id = NULL, account_id = NULL,
            next_sync_at = NULL
        WHERE user_id = 'u-2'
        """,
        """
        UPDATE provider_grant SET state = 'active', lost_reason = NULL, organization_id = '00D2'
        WHERE account_id = '005-eve'
        """,
        """
        INSERT INTO authorization_attempt (company_id, state_hash, id, provider, scope, actor, state,
            redirect_uri, login_url, key_id, verifier, cause_source, cause_id, expires_at)
        SELECT 'acme', decode(repeat('ab', 32), 'hex'), gen_random_uuid(), 'salesforce', 'user',
            'u-6', 'pending', '', '', 'k', 'plain-verifier', '/t', 'r', now() + interval '10 minutes'
        """,
    ]
}
