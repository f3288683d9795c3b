import Fixtures
import Foundation
import Postgres
import Sandbox
import Testing

/// The database goes away and comes back.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct DatabaseOutageTests {
    @Test func restartDisturbsNoRequest() async throws {
        try await withTraffic { traffic, server in
            try await traffic.flow {
                try await server.restart()
                await traffic.answer(to: traffic.send())
                try await server.restart(immediately: true)
            }
        }
    }

    @Test func requestsWaitWhileNobodyListens() async throws {
        try await withTraffic { traffic, server in
            try await traffic.flow {
                await server.halt()
                try await outage(lasts: .seconds(3))
                try await server.restart()
            }
        }
    }
}

/// The database is there and its connections are not.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct ConnectionOutageTests {
    @Test func requestsWaitWhileNobodyAnswers() async throws {
        try await withTraffic { traffic, server in
            try await traffic.flow {
                server.pause()
                try await outage(lasts: .seconds(3))
                server.resume()
            }
        }
    }

    @Test func lostConnectionsAreMadeAgain() async throws {
        try await withTraffic { traffic, server in
            try await traffic.flow { try await server.disconnectWorker(times: 100) }
        }
    }

    @Test func requestsWaitForConnectionsThatOthersHold() async throws {
        // Three are kept for superusers.
        let settings = ["max_connections": "23", "superuser_reserved_connections": "3"]
        try await withTraffic(settings: settings) { traffic, server in
            let url = server.url(database: "worker").replacing("postgres@", with: "worker@")
            let greedy: (inout PostgresConfiguration) -> Void = {
                $0.applicationName = "greedy"
                $0.minimumConnections = 23
                $0.maximumConnections = 23
                $0.sharedConnections = 0
            }
            try await traffic.flow {
                try await withPool(url: url, greedy) { _ in
                    try await eventually("the worker finds no place") {
                        try await server.disconnectWorker(times: 10)
                        return traffic.world.pool.status.lastError?.contains("connection slots")
                            == true
                    }
                    try await server.disconnectWorker(times: 20)
                }
            }
        }
    }
}

/// The database is there and refuses what it is asked.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct DatabaseRefusalOutageTests {
    @Test func requestsWaitWhileTheDatabaseIsReadOnly() async throws {
        try await withTraffic { traffic, server in
            try await traffic.flow {
                try await server.execute("ALTER SYSTEM SET default_transaction_read_only = on")
                try await server.execute("SELECT pg_reload_conf()")
                try await server.hasLogged("read-only transaction")
                try await server.execute("ALTER SYSTEM RESET default_transaction_read_only")
                try await server.execute("SELECT pg_reload_conf()")
            }
        }
    }

    @Test func requestsWaitForARightThatIsMissing() async throws {
        try await withTraffic { traffic, server in
            try await traffic.flow {
                try await server.execute("REVOKE INSERT ON outbox FROM worker", database: "worker")
                try await server.hasLogged("permission denied for table outbox")
                try await server.execute("GRANT INSERT ON outbox TO worker", database: "worker")
            }
        }
    }

    @Test func requestsWaitWhileTheDiskIsFull() async throws {
        try await withTraffic { traffic, server in
            try await traffic.flow {
                try await server.execute(
                    """
                    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
                    BEGIN
                        RAISE 'could not extend file: no space left' USING ERRCODE = '53100';
                    END $$;
                    CREATE TRIGGER full_disk BEFORE INSERT ON outbox EXECUTE FUNCTION refuse()
                    """,
                    database: "worker"
                )
                try await server.hasLogged("no space left")
                try await server.execute("DROP TRIGGER full_disk ON outbox", database: "worker")
            }
        }
    }
}

/// Lets the time of an outage pass.
func outage(lasts duration: Duration) async throws {
    // Sleeps because an outage has a length; nothing is waited for.
    try await Task.sleep(for: duration)
}

extension ThrowawayPostgres {
    /// Ends every connection of the worker, again and again, every 50 ms.
    fileprivate func disconnectWorker(times: Int) async throws {
        try await execute(
            """
            DO $$ BEGIN
                FOR time IN 1..\(times) LOOP
                    PERFORM pg_stat_clear_snapshot();
                    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE usename = 'worker' AND application_name <> 'greedy';
                    PERFORM pg_sleep(0.05);
                END LOOP;
            END $$
            """
        )
    }

    /// Waits until the server has refused something for a reason, and a second longer.
    fileprivate func hasLogged(_ reason: String) async throws {
        try await eventually("refused: \(reason)") {
            try String(contentsOfFile: "\(directory)/server.log", encoding: .utf8).contains(reason)
        }
        try await outage(lasts: .seconds(1))
    }
}
