import Fixtures
import FoundationEssentials
import Postgres
import Testing

@Suite(.timeLimit(.minutes(1)))
struct RoundTripTests {
    /// Sends values and their absence, alone and in arrays, and expects the same back.
    private func expectRoundTrip<Value>(_ values: [Value], in pool: PostgresPool) async throws
    where Value: PostgresCodable & PostgresArrayElement & Equatable {
        for value in values {
            let row = try #require(try await pool.query("SELECT \(value), \(Value?.none)").first)
            #expect(try row.decode(0, as: Value.self) == value)
            #expect(try row.decode(1, as: Value?.self) == nil)
        }
        let optionals: [Value?] = values.map { $0 } + [nil]
        let row = try #require(
            try await pool.query("SELECT \(values), \(optionals), \([Value]()), \([Value]?.none)")
                .first
        )
        #expect(try row.decode(0, as: [Value].self) == values)
        #expect(try row.decode(1, as: [Value?].self) == optionals)
        #expect(try row.decode(2, as: [Value].self).isEmpty)
        #expect(try row.decode(3, as: [Value]?.self) == nil)
    }

    @Test func numbersComeBack() async throws {
        try await withPool { pool in
            try await expectRoundTrip([true, false], in: pool)
            try await expectRoundTrip([Int16.min, 0, .max], in: pool)
            try await expectRoundTrip([Int32.min, -1, .max], in: pool)
            try await expectRoundTrip([Int64.min, 0, .max], in: pool)
            try await expectRoundTrip([Int.min, 1, .max], in: pool)
            try await expectRoundTrip(
                [0.1, -.infinity, .greatestFiniteMagnitude, 5e-324],
                in: pool
            )
        }
    }

    @Test func textComesBack() async throws {
        let texts = [
            "", "NULL", "null", "it's", "a\"b", "back\\slash", "{,}", " ", "línea\n\t", "日本 👩‍👩‍👧",
            "$1", "%s", "';DROP TABLE x;--",
        ]
        try await withPool { pool in
            try await expectRoundTrip(texts, in: pool)
            try await expectRoundTrip(texts.map { Array($0.utf8) + [0, 255] } + [[]], in: pool)
        }
    }

    @Test func jsonComesBackAsTheServerSpellsIt() async throws {
        try await withPool { pool in
            try await expectRoundTrip(
                [PostgresJSON(#"{"a": [1, "x"]}"#), PostgresJSON("null")],
                in: pool
            )
            let row = try #require(try await pool.query("SELECT '{\"a\":1}'::json").first)
            #expect(try row.decode(0, as: PostgresJSON.self).text == "{\"a\":1}")
        }
    }

    @Test func identifiersComeBack() async throws {
        try await withPool { pool in
            let id = UUID()
            try await expectRoundTrip([id, UUID()], in: pool)
            let row = try #require(try await pool.query("SELECT \(id)::text").first)
            #expect(try row.decode(0, as: String.self) == id.uuidString.lowercased())
        }
    }

    @Test func datesComeBackToTheMicrosecond() async throws {
        let dates = [
            Date(timeIntervalSince1970: 0), Date(timeIntervalSince1970: 1_777_777_777.123456),
            Date(timeIntervalSince1970: -1.000001), .distantPast, .distantFuture,
        ]
        try await withPool { pool in
            try await expectRoundTrip(dates, in: pool)
            let row = try #require(
                try await pool.query(
                    "SELECT '2026-04-30T10:15:30.123456Z'::timestamptz, \(Date(timeIntervalSince1970: 1.5))::text"
                )
                .first
            )
            let date = try row.decode(0, as: Date.self)
            #expect((date.timeIntervalSince1970 * 1e6).rounded() == 1_777_544_130_123_456)
            let back = try await pool.query("SELECT \(date) = '2026-04-30T10:15:30.123456Z'")
            #expect(try back.first?.decode(0, as: Bool.self) == true)
        }
    }

    @Test func infiniteDatesAreRefused() async throws {
        try await withPool { pool in
            for date in [Date(timeIntervalSince1970: .infinity), Date(timeIntervalSince1970: .nan)]
            {
                let error = await #expect(throws: PostgresError.self) {
                    try await pool.query("SELECT \(date)")
                }
                #expect(error?.code == .encoding)
            }
            let row = try #require(
                try await pool.query("SELECT 'infinity'::timestamptz AS at").first
            )
            let error = #expect(throws: PostgresError.self) { try row.decode("at", as: Date.self) }
            #expect(error?.code == .decoding)
        }
    }

    @Test func textWithANulIsRefused() async throws {
        try await withPool { pool in
            let error = await #expect(throws: PostgresError.self) {
                try await pool.query("SELECT \("a\0b")")
            }
            #expect(error?.code == .encoding)
        }
    }

    private struct CompanyID: RawRepresentable, PostgresCodable, PostgresArrayElement, Equatable {
        let rawValue: String
    }

    @Test func rawRepresentableValuesNeedNoCode() async throws {
        try await withPool { pool in
            try await expectRoundTrip([CompanyID(rawValue: "acme")], in: pool)
        }
    }

    @Test func decodingErrorNamesColumnAndTypesButNoValue() async throws {
        try await withPool { pool in
            let row = try #require(
                try await pool.query("SELECT \("secret") AS name, NULL::int AS age, 70000 AS big")
                    .first
            )
            let wrongType = #expect(throws: PostgresError.self) {
                try row.decode("name", as: Int.self)
            }
            #expect(wrongType?.description.contains("secret") == false)
            #expect(wrongType?.reason == "column \"name\": expected Int, found text")
            let null = #expect(throws: PostgresError.self) { try row.decode("age", as: Int.self) }
            #expect(null?.reason == "column \"age\": expected Int, found NULL")
            let range = #expect(throws: PostgresError.self) {
                try row.decode("big", as: Int16.self)
            }
            #expect(
                range?.reason == "column \"big\": expected Int16, found integer out of its range"
            )
            #expect(throws: PostgresError.self) { try row.decode("absent", as: Int.self) }
            #expect(throws: PostgresError.self) { try row.decode(7, as: Int.self) }
            #expect(wrongType?.description.contains("expected Int") == true)
        }
    }
}
