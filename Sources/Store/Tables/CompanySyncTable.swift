import Domain
import FoundationEssentials
import Postgres

/// `company_sync`: syncs of whole companies that wait for the syncs of their people.
enum CompanySyncTable {
    static func insert(_ sync: CompanySync, cause: Cause) -> PostgresQuery {
        """
        INSERT INTO company_sync (
            company_id, request_id, request_source, provider, mode, started_at, remaining, failed,
            total, covered_until, provider_calls, created, updated, completed, reopened, removed,
            unchanged)
        SELECT \(sync.companyID.rawValue), \(cause.id), \(cause.source), \(sync.provider.rawValue),
            \(sync.mode.rawValue), \(sync.startedAt), \(sync.users.count), 0, \(sync.users.count),
            \(sync.startedAt), 0, 0, 0, 0, 0, 0, 0
        ON CONFLICT (company_id, request_id) DO NOTHING
        """
    }

    /// Counts people's syncs that ended; a row comes back for each company sync that has ended too.
    ///
    /// Rows are locked in key order first, so that two completions never wait for each other.
    static func count(_ parts: [CompanySyncPart]) -> PostgresQuery {
        """
        WITH part AS (
            SELECT company_id, request_id, count(*) AS ended,
                count(*) FILTER (WHERE failed) AS failed,
                min(covered_until) AS covered_until, sum(provider_calls)::bigint AS provider_calls,
                sum(created)::bigint AS created, sum(updated)::bigint AS updated,
                sum(completed)::bigint AS completed, sum(reopened)::bigint AS reopened,
                sum(removed)::bigint AS removed, sum(unchanged)::bigint AS unchanged
            FROM unnest(
                \(parts.map(\.companyID.rawValue)), \(parts.map(\.requestID)),
                \(parts.map(\.failed)), \(parts.map(\.coveredUntil)), \(parts.map(\.providerCalls)),
                \(parts.map(\.counts.created)), \(parts.map(\.counts.updated)),
                \(parts.map(\.counts.completed)), \(parts.map(\.counts.reopened)),
                \(parts.map(\.counts.removed)), \(parts.map(\.counts.unchanged))
            ) AS each (company_id, request_id, failed, covered_until, provider_calls, created,
                updated, completed, reopened, removed, unchanged)
            GROUP BY company_id, request_id
        ), locked AS (
            SELECT stored.company_id, stored.request_id
            FROM company_sync AS stored JOIN part USING (company_id, request_id)
            WHERE stored.remaining > 0
            ORDER BY stored.company_id, stored.request_id FOR UPDATE OF stored
        ), counted AS (
            UPDATE company_sync AS stored SET remaining = greatest(0, stored.remaining - part.ended),
                failed = stored.failed + part.failed,
                covered_until = least(stored.covered_until, part.covered_until),
                provider_calls = stored.provider_calls + part.provider_calls,
                created = stored.created + part.created, updated = stored.updated + part.updated,
                completed = stored.completed + part.completed,
                reopened = stored.reopened + part.reopened, removed = stored.removed + part.removed,
                unchanged = stored.unchanged + part.unchanged
            FROM part JOIN locked USING (company_id, request_id)
            WHERE stored.company_id = part.company_id AND stored.request_id = part.request_id
            RETURNING stored.*
        )
        SELECT * FROM counted WHERE remaining = 0
        """
    }

    /// Forgets syncs that ended long ago.
    static func forget(olderThanSeconds seconds: Int64) -> PostgresQuery {
        """
        DELETE FROM company_sync
        WHERE remaining = 0 AND started_at < now() - \(seconds) * interval '1 second'
        """
    }

    /// The final outcome of a company sync whose last part has ended, and what caused it.
    static func outcome(_ row: PostgresRow, now: Date) throws -> (Cause, Outcome) {
        guard let companyID = CompanyID(rawValue: try row.decode("company_id", as: String.self)),
            let provider = ProviderID(rawValue: try row.decode("provider", as: String.self))
        else { throw StoreError(.unknownValue, "a company sync names no company or provider") }
        let cause = Cause(
            id: try row.decode("request_id", as: String.self),
            source: try row.decode("request_source", as: String.self)
        )
        let total = try row.decode("total", as: Int.self)
        let failed = try row.decode("failed", as: Int.self)
        let body: Outcome.Body
        if failed == total, total > 0 {
            body = .syncFailed(
                Failure(
                    .providerUnavailable,
                    message: "The sync of every connected person failed.",
                    remedy: "See the failed sync of each person.",
                    details: ["persons": String(total)]
                )
            )
        } else {
            let started = try row.decode("started_at", as: Date.self)
            body = .syncCompleted(
                SyncSummary(
                    mode: try row.value("mode", as: SyncRequest.Mode.self),
                    counts: try row.counts(),
                    coveredUntil: try row.decode("covered_until", as: Date.self),
                    duration: .seconds(max(0, now.timeIntervalSince(started))),
                    providerCalls: try row.decode("provider_calls", as: Int.self)
                )
            )
        }
        return (cause, Outcome(companyID: companyID, provider: provider, userID: nil, body))
    }
}
