import Domain
import FoundationEssentials
import Postgres

/// Who may refresh a grant, and what became of it: each statement holds the generation and the attempt.
extension GrantTable {
    /// Takes the right to refresh a generation; the grant's new state comes back if nobody has it.
    ///
    /// A right whose lease ran out is taken over as a resend: its holder may have sent the token.
    static func beginRefresh(_ grant: Grant, attempt: UUID, seconds: Int64) -> PostgresQuery {
        """
        UPDATE provider_grant SET
            state = CASE state WHEN 'active' THEN 'refreshing' ELSE 'resending' END,
            refresh_attempt = \(attempt),
            refresh_until = now() + \(seconds) * interval '1 second'
        WHERE company_id = \(grant.companyID.rawValue) AND id = \(grant.id)
            AND generation = \(grant.generation)
            AND (state = 'active' OR (state IN ('refreshing', 'ambiguous', 'resending')
                AND coalesce(refresh_until, '-infinity') < now()))
        RETURNING state
        """
    }

    /// Stores refreshed tokens, if the right to refresh is still the caller's.
    static func endRefresh(_ grant: Grant, attempt: UUID, cipher: TokenCipher) throws
        -> PostgresQuery
    {
        let sealed = try SealedTokens(grant.tokens, for: rowName(grant.companyID, grant.id), cipher)
        return """
            UPDATE provider_grant SET state = 'active', generation = generation + 1,
                instance_url = \(grant.tokens.instanceURL),
                identity_url = \(grant.tokens.identityURL),
                key_id = \(sealed.keyID), access_token = \(sealed.access),
                refresh_token = \(sealed.refresh), refresh_attempt = NULL, refresh_until = NULL,
                refreshed_at = now(),
                keep_alive_at = now() + interval '7 days' * (1 + 0.1 * random())
            WHERE company_id = \(grant.companyID.rawValue) AND id = \(grant.id)
                AND generation = \(grant.generation) AND refresh_attempt = \(attempt)
                AND state IN ('refreshing', 'resending')
            RETURNING generation
            """
    }

    /// Gives the right to refresh back: the token that was not taken up is good for the next try.
    static func releaseRefresh(_ grant: Grant, attempt: UUID) -> PostgresQuery {
        """
        UPDATE provider_grant SET
            state = CASE state WHEN 'refreshing' THEN 'active' ELSE 'ambiguous' END,
            refresh_attempt = NULL, refresh_until = NULL
        WHERE company_id = \(grant.companyID.rawValue) AND id = \(grant.id)
            AND generation = \(grant.generation) AND refresh_attempt = \(attempt)
            AND state IN ('refreshing', 'resending')
        RETURNING generation
        """
    }

    /// Nobody knows what became of the refresh token; for a while nobody sends it again.
    static func leaveAmbiguous(_ grant: Grant, attempt: UUID, seconds: Int64) -> PostgresQuery {
        """
        UPDATE provider_grant SET state = 'ambiguous', refresh_attempt = NULL,
            refresh_until = now() + \(seconds) * interval '1 second'
        WHERE company_id = \(grant.companyID.rawValue) AND id = \(grant.id)
            AND generation = \(grant.generation) AND refresh_attempt = \(attempt)
            AND state IN ('refreshing', 'resending')
        RETURNING generation
        """
    }

    /// The provider no longer honours this generation; a row comes back if it was not known before.
    ///
    /// Whoever found out tells everyone; if that has not happened in a minute, anybody does.
    static func lose(
        _ companyID: CompanyID,
        _ id: UUID,
        generation: Int64,
        reason: FailureReason
    ) -> PostgresQuery {
        """
        UPDATE provider_grant SET state = 'lost', lost_reason = \(reason.rawValue),
            refresh_attempt = NULL, refresh_until = NULL,
            keep_alive_at = now() + interval '1 minute'
        WHERE company_id = \(companyID.rawValue) AND id = \(id)
            AND generation = \(generation) AND state NOT IN ('lost', 'revoked')
        RETURNING id
        """
    }

    /// Holds a grant that is lost, until the transaction's end, in which everyone is told.
    static func holdLost(_ companyID: CompanyID, _ id: UUID) -> PostgresQuery {
        """
        UPDATE provider_grant SET keep_alive_at = 'infinity'
        WHERE company_id = \(companyID.rawValue) AND id = \(id) AND state = 'lost'
        RETURNING id
        """
    }

    /// Takes grants whose refresh token has been idle for a week, and lost ones that somebody may not
    /// have been told of, a bounded number.
    ///
    /// They come again in an hour unless they have been refreshed, or everyone told, by then.
    static func takeIdle(limit: Int64) -> PostgresQuery {
        """
        UPDATE provider_grant AS stored SET keep_alive_at = now() + interval '1 hour'
        FROM (
            SELECT company_id, id FROM provider_grant
            WHERE keep_alive_at <= now() AND state <> 'revoked'
            ORDER BY keep_alive_at LIMIT \(limit) FOR UPDATE SKIP LOCKED
        ) AS idle
        WHERE stored.company_id = idle.company_id AND stored.id = idle.id
        RETURNING stored.company_id, stored.id, stored.provider
        """
    }
}
