import Domain
import FoundationEssentials
import Postgres

/// `authorization_attempt`: who is at the provider's log-in page, found again by the state's hash.
enum AttemptTable {
    static func insert(
        _ attempt: AuthorizationAttempt,
        stateHash: [UInt8],
        cause: Cause,
        cipher: TokenCipher
    ) throws -> PostgresQuery {
        """
        INSERT INTO authorization_attempt (
            company_id, state_hash, id, provider, scope, actor, state, redirect_uri, login_url,
            expected_account, key_id, verifier, cause_source, cause_id, expires_at)
        SELECT \(attempt.companyID.rawValue), \(stateHash), \(attempt.id),
            \(attempt.provider.rawValue), \(attempt.scope.rawValue), \(attempt.actor.rawValue),
            \(attempt.state.rawValue), \(attempt.redirectURI), \(attempt.loginURL),
            \(attempt.expectedAccount), \(cipher.currentKeyID),
            \(try cipher.seal(attempt.verifier, for: rowName(attempt.companyID, attempt.id) + "/verifier")),
            \(cause.source), \(cause.id), \(attempt.expiresAt)
        RETURNING id
        """
    }

    static func select(_ companyID: CompanyID, stateHash: [UInt8]) -> PostgresQuery {
        """
        SELECT id, provider, scope, actor, state, redirect_uri, login_url, expected_account, key_id,
            verifier, request_id, expires_at
        FROM authorization_attempt
        WHERE company_id = \(companyID.rawValue) AND state_hash = \(stateHash)
        """
    }

    /// Gives a pending attempt to one request; a row comes back if it is that request's now.
    static func begin(
        _ companyID: CompanyID,
        stateHash: [UInt8],
        requestID: String
    ) -> PostgresQuery {
        """
        UPDATE authorization_attempt SET state = 'exchanging', request_id = \(requestID)
        WHERE company_id = \(companyID.rawValue) AND state_hash = \(stateHash)
            AND (state = 'pending' OR (state = 'exchanging' AND request_id = \(requestID)))
        RETURNING id
        """
    }

    /// Ends an attempt and forgets its verifier; a row comes back if it had not ended yet.
    static func end(
        _ companyID: CompanyID,
        stateHash: [UInt8],
        _ state: AttemptState
    ) -> PostgresQuery {
        """
        UPDATE authorization_attempt SET state = \(state.rawValue), verifier = ''
        WHERE company_id = \(companyID.rawValue) AND state_hash = \(stateHash)
            AND state IN ('pending', 'exchanging')
        RETURNING id
        """
    }

    /// Ends what else was begun for the same purpose: nobody needs to come back from it any more.
    static func supersede(_ attempt: AuthorizationAttempt) -> PostgresQuery {
        """
        UPDATE authorization_attempt SET state = 'expired', verifier = ''
        WHERE company_id = \(attempt.companyID.rawValue)
            AND provider = \(attempt.provider.rawValue) AND scope = \(attempt.scope.rawValue)
            AND actor = \(attempt.actor.rawValue) AND state = 'pending' AND id <> \(attempt.id)
        RETURNING id
        """
    }

    /// Ends what was begun for a scope, of one person or of everyone.
    static func endPending(
        _ companyID: CompanyID,
        _ provider: ProviderID,
        _ scope: Scope,
        of userID: UserID?
    ) -> PostgresQuery {
        """
        UPDATE authorization_attempt SET state = 'expired', verifier = ''
        WHERE company_id = \(companyID.rawValue) AND provider = \(provider.rawValue)
            AND scope = \(scope.rawValue) AND state = 'pending'
            AND (\(userID == nil) OR actor = \(userID?.rawValue))
        RETURNING id
        """
    }

    /// Ends attempts nobody came back from, a bounded number; locked ones are being worked off.
    static func expire(limit: Int64) -> PostgresQuery {
        """
        UPDATE authorization_attempt AS attempt SET state = 'expired', verifier = ''
        FROM (
            SELECT company_id, state_hash FROM authorization_attempt
            WHERE state = 'pending' AND expires_at < now()
            ORDER BY expires_at LIMIT \(limit) FOR UPDATE SKIP LOCKED
        ) AS stale
        WHERE attempt.company_id = stale.company_id AND attempt.state_hash = stale.state_hash
        RETURNING attempt.company_id, attempt.provider, attempt.scope, attempt.actor,
            attempt.login_url, attempt.cause_source, attempt.cause_id
        """
    }

    /// Forgets attempts that ended long ago.
    static func forget(olderThanSeconds seconds: Int64) -> PostgresQuery {
        """
        DELETE FROM authorization_attempt
        WHERE state IN ('succeeded', 'failed', 'expired')
            AND expires_at < now() - \(seconds) * interval '1 second'
        """
    }

    static func attempt(
        _ row: PostgresRow,
        _ companyID: CompanyID,
        cipher: TokenCipher
    ) throws -> AuthorizationAttempt {
        let id = try row.decode("id", as: UUID.self)
        let verifier = try row.decode("verifier", as: [UInt8].self)
        let keyID = try row.decode("key_id", as: String.self)
        guard let provider = ProviderID(rawValue: try row.decode("provider", as: String.self)),
            let actor = UserID(rawValue: try row.decode("actor", as: String.self))
        else { throw StoreError(.unknownValue, "an attempt names no provider or person") }
        return AuthorizationAttempt(
            companyID: companyID,
            id: id,
            provider: provider,
            scope: try row.value("scope", as: Scope.self),
            actor: actor,
            state: try row.value("state", as: AttemptState.self),
            redirectURI: try row.decode("redirect_uri", as: String.self),
            loginURL: try row.decode("login_url", as: String.self),
            expectedAccount: try row.decode("expected_account", as: String?.self),
            verifier: verifier.isEmpty
                ? Secret("")
                : try cipher.open(
                    verifier,
                    keyID: keyID,
                    for: rowName(companyID, id) + "/verifier"
                ),
            expiresAt: try row.decode("expires_at", as: Date.self),
            requestID: try row.decode("request_id", as: String?.self)
        )
    }

    static func rowName(_ companyID: CompanyID, _ id: UUID) -> String {
        "authorization_attempt/\(companyID)/\(id.uuidString.lowercased())"
    }
}
