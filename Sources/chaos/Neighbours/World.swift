import AsyncHTTPClient
import Foundation
import Kafka
import Logging
import NIOCore
import NIOHTTP1
import Postgres
import Sandbox

/// The neighbours of one scenario, each a process of its own, fresh and gone afterwards.
struct World: Sendable {
    /// How many partitions each topic usually has: the broker keeps 5 MiB of each.
    static let usualPartitions = 16

    let stage: Stage
    /// How many partitions each topic has.
    let partitions: Int
    let broker: ChildProcess
    let postgres: ThrowawayPostgres
    /// What workers are connected to the database by.
    let proxy: PostgresProxy
    let salesforce: SalesforceConsole
    /// The settings every worker gets.
    let environment: [String: String]
    /// The ledger's own connections, past the proxy.
    let pool: PostgresPool
    let http: HTTPClient
    let witness: Witness

    var ledger: Ledger { witness.ledger }

    /// What a URL answers; nil where nobody does.
    func get(_ url: String) async -> (status: Int, body: String)? {
        do {
            let response = try await http.execute(.init(url: url), timeout: .seconds(2))
            let body = try await response.body.collect(upTo: 1 << 20)
            return (Int(response.status.code), String(buffer: body))
        } catch {
            return nil
        }
    }
}
